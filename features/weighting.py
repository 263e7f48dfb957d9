"""From decayed totals to affinity: the one function, for the nightly matrix and for a live event alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from features.engagement import CHANNELS
from recsys.arrays import Float32, Float64
from recsys.errors import UsageError

SALES = "units"
ALL_CHANNELS = (*CHANNELS, SALES)

# Where the search begins and, with few creators, ends (docs/decisions/0009-channel-weights.md): a sale says
# most, then what comes just before a sale; a view says little.
DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "views": 0.1,
        "likes": 0.1,
        "comments": 0.1,
        "shares": 0.2,
        "product_clicks": 0.4,
        "add_to_carts": 1.0,
        SALES: 4.0,
    }
)
SMALLEST = 1e-4

Totals: TypeAlias = Mapping[str, Float32 | Float64]


@dataclass(frozen=True, slots=True)
class AffinityFunction:
    """`affinity = Σ weight_c · log2(1 + total_c / scale_c)` over the channels c.

    The logarithm keeps one viral video from outweighing steady sales (the log scheme of Hu, Koren,
    Volinsky 2008, equation 6). A channel's scale is its typical total, so that a typical total adds just
    the channel's weight.
    """

    weights: Mapping[str, float]
    scales: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse unknown channels and scales that cannot divide."""
        unknown = (set(self.weights) | set(self.scales)) - set(ALL_CHANNELS)
        if unknown:
            raise UsageError(f"unknown channels {sorted(unknown)}; known are {', '.join(ALL_CHANNELS)}")
        if any(not scale > 0 for scale in self.scales.values()):
            raise UsageError("every channel's scale must be above 0")

    @classmethod
    def fitted(cls, totals: Totals, weights: Mapping[str, float] = DEFAULT_WEIGHTS) -> "AffinityFunction":
        """With the median positive total of each channel as its scale; 1 where a channel is empty."""
        scales = {}
        for channel, values in totals.items():
            positive = values[values > 0]
            scales[channel] = float(np.median(positive)) if len(positive) else 1.0
        return cls(dict(weights), scales)

    def __call__(self, totals: Totals) -> Float32:
        """Affinity of some pairs from their decayed totals by channel, all arrays of one length.

        0 where a pair has nothing left, so that a refunded sale leaves no trace.
        """
        length = len(next(iter(totals.values())))
        affinity = np.zeros(length, dtype=np.float64)
        for channel in ALL_CHANNELS:
            if channel in totals and self.weights.get(channel, 0.0) > 0:
                positive = np.maximum(totals[channel], 0.0, dtype=np.float64)
                ratio = positive / self.scales.get(channel, 1.0)
                affinity += self.weights[channel] * np.log2(1.0 + ratio)
        affinity[affinity < SMALLEST] = 0.0
        return affinity.astype(np.float32)
