"""Exposures of many entries, alike or not."""

from collections.abc import Callable

import numpy as np

from recsys.arrays import Float64

N = 1_000


def _alike(rng: np.random.Generator) -> Float64:
    return np.ones(N)


def _varied(rng: np.random.Generator) -> Float64:
    return rng.exponential(1.0, N)


def _heavy_tailed(rng: np.random.Generator) -> Float64:
    return rng.lognormal(0.0, 2.0, N)


def _with_whales(rng: np.random.Generator) -> Float64:
    return rng.exponential(1.0, N) * np.where(np.arange(N) < 5, 2_000.0, 1.0)


EXPOSURES: dict[str, Callable[[np.random.Generator], Float64]] = {
    "alike": _alike,
    "varied": _varied,
    "heavy-tailed": _heavy_tailed,
    "whales": _with_whales,
}
