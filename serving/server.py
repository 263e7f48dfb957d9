"""Runs the service."""

from copy import deepcopy
from ipaddress import ip_address
from pathlib import Path

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from recsys.errors import UsageError
from serving.app import create_app
from serving.guard.keys import KeyFile, KeyRing


def serve(home: Path, host: str, port: int) -> None:
    """Serve the champion of `home` until SIGINT or SIGTERM; port 0 takes a free one.

    The log names the address once the service listens. Raises `UsageError` where others than this machine
    could ask and no key says who.
    """
    refuse_unguarded(home, host)
    uvicorn.run(create_app(home), host=host, port=port, log_config=log_config())


def refuse_unguarded(home: Path, host: str) -> None:
    """Raise `UsageError` where `host` is not this machine alone and the home has no valid key."""
    if not _is_loopback(host) and not KeyRing(KeyFile.of(home)).admits_anyone():
        raise UsageError(
            f"{host or 'an empty host'} can be reached from other machines, and {home} has no valid API key: "
            "make one with `recsys keys create`, or serve on 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def log_config() -> dict[str, object]:
    """uvicorn's logging with the service's own lines beside it."""
    config: dict[str, object] = deepcopy(LOGGING_CONFIG)
    own = {"handlers": ["default"], "level": "INFO", "propagate": False}
    loggers = config["loggers"]
    if isinstance(loggers, dict):
        loggers["serving"] = own
    return config
