"""Threads of the linear algebra libraries."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@contextmanager
def single_threaded() -> Iterator[None]:
    """One BLAS thread within: for many small systems, threads inside each cost more than they save."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    """Looking for the loaded libraries takes longer than folding one creator in."""
    return ThreadpoolController()
