"""Runs the service."""

import sys
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from recsys.errors import UsageError
from serving.app import create_app
from serving.guard.keys import KeyFile, KeyRing
from serving.observe.logs import log_config
from serving.settings import DEFAULTS, ServiceSettings


def serve(home: Path, host: str, port: int, settings: ServiceSettings = DEFAULTS) -> None:
    """Serve the champion of `home` until SIGINT or SIGTERM; port 0 takes a free one.

    The log names the address once the service listens; it is text on a terminal and JSON elsewhere.
    Raises `UsageError` where others than this machine could ask and no key says who.
    """
    refuse_unguarded(home, host)
    uvicorn.run(
        create_app(home, settings),
        host=host,
        port=port,
        log_config=log_config(for_person=sys.stderr.isatty()),
        # It would name creators and clients; `log_exchange` says the rest.
        access_log=False,
        server_header=False,
    )


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
