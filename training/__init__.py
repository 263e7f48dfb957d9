"""The nightly job: validate, build, split, fit, evaluate, gate, release, register."""

import os

# Read by mlflow when it is imported: a nightly job calls nobody.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
