"""When nights of the small exports are run, how quietly, what the shared one renders, and what it held."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from threadpoolctl import threadpool_info

from features.build import FeatureSet

# 2026-02-23, six days before the small export ends.
EARLIER = 1_771_804_800_000_000
# Lists in each direction that the night rendered of which tests share the release.
PREPARED = 40


def quiet(_: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Watched:
    """What a process held as a step of a night began."""

    feature_sets: int
    blas_threads: set[int]


@contextmanager
def watch(into: dict[str, Watched]) -> Iterator[Callable[[str], None]]:
    """A report that notes, by step, what is held that was not before."""

    def report(step: str) -> None:
        gc.collect()
        feature_sets = sum(type(held) is FeatureSet for held in gc.get_objects())
        threads = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
        into[step] = Watched(feature_sets, threads)

    with set_aside():
        yield report


@contextmanager
def set_aside() -> Iterator[None]:
    """The collector leaves aside what there is by now: in a process with all libraries that takes it long."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
