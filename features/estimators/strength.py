"""How much a prior weighs: the one number that is looked for by maximum likelihood."""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from recsys.arrays import Float64, Int64

# Logarithms of strengths, from so weak that each entry is its own to so strong that counts are chance alone.
_GRID: Final = np.arange(-25.0, 32.0, 4.0)
# Above this, Stirling's series to the first term is exact to 1e-8.
_LARGE: Final = 30.0
# So many entries tell a strength to a few hundredths; of more only some are looked at.
_ENOUGH: Final = 8_000


def enough_of(places: Int64) -> Int64:
    """Some of the places, evenly spread, where there are more than a strength needs."""
    return places[:: -(-len(places) // _ENOUGH) or 1]


def most_likely(log_likelihood: Callable[[float], float], limit: float) -> float:
    """The strength in (0, ∞] of the greatest likelihood; `limit` is the log-likelihood at ∞.

    A grid finds the highest hill, since there may be several, and Brent's method its top. Without a hill
    above `limit` the strength is ∞: counts vary no more than chance makes them.
    """
    heights = [log_likelihood(float(np.exp(place))) for place in _GRID]
    top = int(np.argmax(heights))
    low, high = _GRID[max(top - 1, 0)], _GRID[min(top + 1, len(_GRID) - 1)]
    found = minimize_scalar(
        lambda place: -log_likelihood(float(np.exp(place))),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-3},
    )
    # A hill lower than rounding is none.
    return float(np.exp(found.x)) if -found.fun > limit + 1e-9 * (1.0 + abs(limit)) else float("inf")


def log_rising(start: Float64, by: Float64) -> Float64:
    """`log Γ(start + by) - log Γ(start)` of positive arrays, exact for large ones also."""
    large = start > _LARGE
    # A likelihood asks with one strength for all, very often, and taking arrays apart costs as much again.
    if large.all():
        return _stirling(start, by)
    if not large.any():
        return _by_gamma(start, by)
    rising = np.empty(len(start))
    rising[large] = _stirling(start[large], by[large])
    rising[~large] = _by_gamma(start[~large], by[~large])
    return rising


def _by_gamma(start: Float64, by: Float64) -> Float64:
    rising: Float64 = gammaln(start + by) - gammaln(start)
    return rising


def _stirling(start: Float64, by: Float64) -> Float64:
    end = start + by
    series: Float64 = (end - 0.5) * np.log1p(by / start) + by * (np.log(start) - 1.0)
    return series + (1.0 / end - 1.0 / start) / 12.0
