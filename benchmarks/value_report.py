"""How well estimates met what happened: calibration, coverage of intervals, totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys.arrays import Bool, Float64
from recsys.value.estimates import Estimates
from training.value.calibration import Bin, bins_of, calibration_error

# A segment of fewer promotions has an error of .05 by chance alone.
LEAST_SEGMENT: Final = 500


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
