"""Intervals by resampling creators."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float64

RESAMPLES = 1_000
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % percentile-bootstrap interval."""

    mean: float
    low: float
    high: float


def mean_interval(values: Float64, seed: int) -> Interval:
    """Mean of one value a creator, resampling creators (Efron and Tibshirani 1993, ch. 13).

    For a paired difference of two models, pass the difference of their values creator by creator.
    NaN throughout where there are no values.
    """
    n = len(values)
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK_CELLS // n)
    means = [
        values[rng.integers(0, n, size=(min(block, RESAMPLES - done), n))].mean(axis=1)
        for done in range(0, RESAMPLES, block)
    ]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))
