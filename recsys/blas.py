"""Threads of the linear algebra libraries."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController


@contextmanager
def single_threaded() -> Iterator[None]:
    """One BLAS thread within: for many small systems, threads inside each cost more than they save.

    The limit is the process's: it holds until the last of all threads that are within has left.
    """
    limit = _limit()
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


class _Limit:
    """Sets the limit for the first who enters and lifts it for the last who leaves."""

    def __init__(self) -> None:
        # Looking for the loaded libraries takes longer than folding one creator in.
        self._libraries = ThreadpoolController()
        self._lock = Lock()
        self._within = 0

    def enter(self) -> None:
        with self._lock:
            if self._within == 0:
                self._limiter = self._libraries.limit(limits=1, user_api="blas")
            self._within += 1

    def leave(self) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                self._limiter.restore_original_limits()


@cache
def _limit() -> _Limit:
    return _Limit()
