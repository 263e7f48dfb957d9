"""How well the chances that were told met what happened."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.arrays import Bool, Float64, Int64

BINS: Final = 10
# The share that happened in a bin of so few strays by .035 from its chance, were that ever so right.
LEAST_BIN: Final = 200


@dataclass(frozen=True, slots=True)
class Bin:
    """Promotions of alike estimates: how many, the mean estimate, and the mean of what happened."""

    n: int
    expected: float
    happened: float


def calibration_error(chance: Float64, happened: Bool) -> float:
    """Expected calibration error over bins of equal numbers: mean of |mean chance - share that happened|.

    Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning" (2015).
    """
    found = bins_of(chance, happened.astype(np.float64))
    return sum(one.n * abs(one.expected - one.happened) for one in found) / len(chance)


def bins_of(expected: Float64, happened: Float64) -> tuple[Bin, ...]:
    """Bins of equal numbers by ascending expectation: `BINS`, or fewer of `LEAST_BIN` entries at least."""
    order: Int64 = np.argsort(expected, kind="stable")
    return tuple(
        Bin(len(part), float(expected[part].mean()), float(happened[part].mean()))
        for part in np.array_split(order, min(BINS, max(1, len(order) // LEAST_BIN)))
    )
