"""Runs and registered versions in MLflow: the one module that imports it."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from matplotlib.figure import Figure as Plot
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

EXPERIMENT = "nightly"
MODEL = "creator-product-recipe"
RELEASE_TAG = "release_id"
_BATCH = 100
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """One run in progress."""

    client: MlflowClient
    run_id: str

    def params(self, values: Mapping[str, object]) -> None:
        """Log parameters."""
        entries = [Param(name, str(value)) for name, value in sorted(values.items())]
        for start in range(0, len(entries), _BATCH):
            self.client.log_batch(self.run_id, params=entries[start : start + _BATCH])

    def metrics(self, values: Mapping[str, float]) -> None:
        """Log metrics."""
        entries = [Metric(name, value, 0, 0) for name, value in sorted(values.items())]
        for start in range(0, len(entries), _BATCH):
            self.client.log_batch(self.run_id, metrics=entries[start : start + _BATCH])

    def plot(self, name: str, plot: Plot) -> None:
        """Log a figure as PNG."""
        self.client.log_figure(self.run_id, plot, f"plots/{name}.png")

    def text(self, name: str, content: str) -> None:
        """Log a text file."""
        self.client.log_text(self.run_id, content, name)

    def register(self, release: Path) -> None:
        """Register the release as the newest version, alias `challenger`.

        The version holds the manifest, whose hashes pin every file of the release; the release itself
        stays where serving reads it, and nothing is ever loaded through MLflow.
        """
        self.client.log_artifact(self.run_id, str(release / "manifest.json"), "release")
        artifacts = self.client.get_run(self.run_id).info.artifact_uri
        self.client.set_tag(self.run_id, RELEASE_TAG, release.name)
        version = self.client.create_model_version(
            MODEL, f"{artifacts}/release", run_id=self.run_id, tags={RELEASE_TAG: release.name}
        )
        self.client.set_registered_model_alias(MODEL, "challenger", version.version)


class Tracker:
    """The MLflow store of one home folder: `mlflow.db` and `mlartifacts/`."""

    def __init__(self, home: Path) -> None:
        # Creating the database logs every migration step; none of it is news.
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        home.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(tracking_uri=f"sqlite:///{(home / 'mlflow.db').resolve()}")
        found = self._client.get_experiment_by_name(EXPERIMENT)
        artifacts = (home / "mlartifacts").resolve().as_uri()
        self._experiment = (
            found.experiment_id if found else self._client.create_experiment(EXPERIMENT, artifacts)
        )

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str] = _NO_TAGS) -> Iterator[TrackedRun]:
        """A run that ends FINISHED, or FAILED where the block raises."""
        entries = [RunTag(key, value) for key, value in tags.items()]
        run = self._client.create_run(
            self._experiment, run_name=name, tags={entry.key: entry.value for entry in entries}
        )
        try:
            yield TrackedRun(self._client, run.info.run_id)
        except BaseException:
            self._client.set_terminated(run.info.run_id, "FAILED")
            raise
        self._client.set_terminated(run.info.run_id, "FINISHED")

    def tidy(self, champion: str | None) -> None:
        """Mend what a killed night left: runs that never ended, and a champion alias that lags behind.

        Only for the one process that holds the training lock.
        """
        for run in self._client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            self._client.set_terminated(run.info.run_id, "KILLED")
        self._ensure_model()
        if champion is not None:
            self.crown(champion)

    def crown(self, release_id: str) -> None:
        """Give the newest version of a release the alias `champion`."""
        versions = [v for v in self._versions() if v[1] == release_id]
        if versions:
            self._client.set_registered_model_alias(MODEL, "champion", str(max(versions)[0]))

    def _versions(self) -> Sequence[tuple[int, str]]:
        found = self._client.search_model_versions(f"name = '{MODEL}'")
        return [(int(version.version), str(version.tags.get(RELEASE_TAG))) for version in found]

    def _ensure_model(self) -> None:
        try:
            self._client.get_registered_model(MODEL)
        except MlflowException:
            self._client.create_registered_model(MODEL)
