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
    return mean_intervals(values[:, np.newaxis], seed)[0]


def mean_intervals(values: Float64, seed: int) -> list[Interval]:
    """The same for each column of `values` (creators × figures), all on the same resamples."""
    n, n_figures = values.shape
    if n == 0:
        return [Interval(float("nan"), float("nan"), float("nan"))] * n_figures
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK_CELLS // n)
    sums = [
        _times_drawn(min(block, RESAMPLES - done), n, rng) @ values for done in range(0, RESAMPLES, block)
    ]
    low, high = np.percentile(np.concatenate(sums) / n, [2.5, 97.5], axis=0)
    return [
        Interval(*(float(number) for number in numbers))
        for numbers in zip(values.mean(axis=0), low, high, strict=True)
    ]


def _times_drawn(n_resamples: int, n: int, rng: np.random.Generator) -> Float64:
    """How often each of n creators is in each resample: n_resamples × n, of which each row sums to n."""
    drawn = rng.integers(0, n, size=(n_resamples, n), dtype=np.int32)
    return np.stack([np.bincount(row, minlength=n) for row in drawn]).astype(np.float64)
