"""Runs the service."""

from copy import deepcopy
from pathlib import Path

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from serving.app import create_app


def serve(home: Path, host: str, port: int) -> None:
    """Serve the champion of `home` until SIGINT or SIGTERM; port 0 takes a free one.

    The log names the address once the service listens.
    """
    uvicorn.run(create_app(home), host=host, port=port, log_config=log_config())


def log_config() -> dict[str, object]:
    """uvicorn's logging with the service's own lines beside it."""
    config: dict[str, object] = deepcopy(LOGGING_CONFIG)
    own = {"handlers": ["default"], "level": "INFO", "propagate": False}
    loggers = config["loggers"]
    if isinstance(loggers, dict):
        loggers["serving"] = own
    return config
