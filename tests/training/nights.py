"""When nights of the small exports are run, how quietly, what the shared one renders, and what it held."""

import gc
from collections.abc import Callable
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


def watch(into: dict[str, Watched]) -> Callable[[str], None]:
    """A report that notes, by step, what is held beside what was held before."""
    before = _n_feature_sets()

    def report(step: str) -> None:
        threads = {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
        into[step] = Watched(_n_feature_sets() - before, threads)

    return report


def _n_feature_sets() -> int:
    gc.collect()
    return sum(type(held) is FeatureSet for held in gc.get_objects())
