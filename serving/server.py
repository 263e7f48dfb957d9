"""Runs the service."""

import gc
import logging
import logging.config
import socket
import sys
from contextlib import closing
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from features.open_log import open_log
from recsys.blas import single_threaded
from recsys.errors import UsageError
from serving.app import create_app
from serving.guard.keys import KeyFile, KeyRing
from serving.observe.logs import log_config
from serving.protocol import Protocol
from serving.settings import DEFAULTS, ServiceSettings
from serving.workers import in_processes

_log = logging.getLogger(__name__)


def serve(home: Path, host: str, port: int, settings: ServiceSettings = DEFAULTS) -> None:
    """Serve the champion of `home` until SIGINT or SIGTERM; port 0 takes a free one.

    The log names the address once the service listens; it is text on a terminal and JSON elsewhere.
    Raises `UsageError` where others than this machine could ask and no key says who, and where the address
    cannot be had, and `EventLogError` where the log of events cannot be read.
    """
    refuse_unguarded(home, host)
    with closing(open_log(home, settings.events)) as log:
        # Now, rather than by each worker for ever.
        _log.info("%d live events so far", log.end)
    with listening(host, port) as opened:
        work = partial(_work, home, opened, settings)
        if settings.workers == 1:
            work()
        else:
            logging.config.dictConfig(log_config(for_person=sys.stderr.isatty()))
            in_processes(settings.workers, work)


def _work(home: Path, opened: socket.socket, settings: ServiceSettings) -> None:
    # Answers have threads of their own: those of the linear algebra would only wait beside them.
    with single_threaded():
        gc.collect()
        config = uvicorn.Config(
            # A release lives until the next: to look through all of it for what nobody holds, again and
            # again, would keep answers waiting for a tenth of a second. What is let go of is freed anyway.
            create_app(home, settings, swapped=gc.freeze),
            http=Protocol,
            log_config=log_config(for_person=sys.stderr.isatty()),
            # It would name creators and clients; `log_exchange` says the rest.
            access_log=False,
            server_header=False,
        )
        _Server(config).run(sockets=[opened])


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does: with sockets of ours uvicorn would not."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for opened in sockets if self.started and sockets else ():
            host, port = opened.getsockname()[:2]
            _log.info("running on http://%s:%d (Ctrl+C ends it)", f"[{host}]" if ":" in host else host, port)


def refuse_unguarded(home: Path, host: str) -> None:
    """Raise `UsageError` where `host` is not this machine alone and the home has no valid key."""
    if not _is_loopback(host) and not KeyRing(KeyFile.of(home)).admits_anyone():
        raise UsageError(
            f"{host or 'an empty host'} can be reached from other machines, and {home} has no valid API key: "
            "make one with `recsys keys create`, or serve on 127.0.0.1"
        )


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises `UsageError` where it cannot."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen()
    except OSError as error:
        opened.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose others with --host and --port"
        ) from error
    return opened


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
