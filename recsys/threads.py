"""Work on independent pieces in threads: the same result on any number of cores."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from recsys.blas import single_threaded

# The most threads: what each holds in memory is held as often.
MOST = 8

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def in_threads(function: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """`function` of each piece, in their order.

    Pieces must not depend on the number of cores, of which this uses at most `MOST`. One thread a piece, with
    the linear algebra on one thread inside, beats threads inside each: small systems and sparse products
    gain nothing by them.
    """
    work = list(pieces)
    with single_threaded():
        if len(work) < 2:
            # Such as one creator who is folded in: a thread costs more.
            return [function(piece) for piece in work]
        with ThreadPoolExecutor(min(MOST, os.cpu_count() or 1)) as pool:
            return list(pool.map(function, work))
