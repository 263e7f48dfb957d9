"""How well estimates met what happened: calibration, coverage of intervals, totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.arrays import Bool, Float64, Int64
from recsys.value.estimates import Estimates

BINS: Final = 10
# The share that happened in a bin of so few strays by .035 from its chance, were that ever so right.
LEAST_BIN: Final = 200
# A segment of fewer promotions has an error of .05 by chance alone.
LEAST_SEGMENT: Final = 500


@dataclass(frozen=True, slots=True)
class Bin:
    """Promotions of alike estimates: how many, the mean estimate, and the mean of what happened."""

    n: int
    expected: float
    happened: float


@dataclass(frozen=True, slots=True)
class ValueReport:
    """Expected calibration error of the chance of a sale, coverage of the 80 % interval, and totals.

    `reliability` has bins of the chance of a sale, `deciles` of the expected net commission. `segments` maps
    a segment to the number of its promotions and its calibration error.
    """

    n: int
    ece: float
    segments: Mapping[str, tuple[int, float]]
    coverage80: float
    reliability: tuple[Bin, ...]
    deciles: tuple[Bin, ...]

    @property
    def worst_segment_ece(self) -> float:
        """The largest error of the segments with at least `LEAST_SEGMENT` promotions."""
        return max((error for n, error in self.segments.values() if n >= LEAST_SEGMENT), default=np.nan)


def report_on(
    estimates: Estimates, net_units: Float64, commission: Float64, segments: Mapping[str, Bool]
) -> ValueReport:
    """Judge estimates by the net units and the net commission that promotions came to (arrays alike)."""
    sold = net_units > 0
    inside = (commission >= estimates.commission_low - 1e-6) & (
        commission <= estimates.commission_high + 1e-6
    )
    return ValueReport(
        len(sold),
        calibration_error(estimates.chance, sold),
        {
            name: (int(mask.sum()), calibration_error(estimates.chance[mask], sold[mask]))
            for name, mask in segments.items()
            if mask.any()
        },
        float(inside.mean()),
        bins_of(estimates.chance, sold.astype(np.float64)),
        bins_of(estimates.commission, commission),
    )


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
