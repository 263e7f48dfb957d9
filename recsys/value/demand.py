"""Dates on which shoppers look for deals: how much they lift what they concern."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Array, Bool, Float64, Int32, Int64


@dataclass(frozen=True, slots=True)
class DemandCalendar:
    """Demand events, of which `concerns` (events × products) says which products they are for.

    `starts` and `ends` (events) are microseconds of UTC, `lift` is the factor on units during an event.
    """

    starts: Int64
    ends: Int64
    concerns: Bool
    lift: float

    def factor(self, products: Int32, since: Int64, horizon: int) -> Float64:
        """Mean factor on the units of each product over `horizon` microseconds from each of `since`."""
        factor = np.ones(len(products))
        for start, end, concerned in zip(self.starts, self.ends, self.concerns, strict=True):
            overlap = np.minimum(since + horizon, end) - np.maximum(since, start)
            share = np.maximum(overlap, 0) / horizon
            factor += (self.lift - 1.0) * share * concerned[products]
        return factor

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        return {
            "starts": self.starts,
            "ends": self.ends,
            "concerns": self.concerns,
            "lift": np.array(self.lift),
        }

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        return cls(
            state["starts"].astype(np.int64, copy=False),
            state["ends"].astype(np.int64, copy=False),
            state["concerns"].astype(np.bool_, copy=False),
            float(state["lift"]),
        )
