"""Dates on which shoppers look for deals: how much they lift what they concern."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Array, Bool, Float64, Int32, Int64
from recsys.errors import DataError


@dataclass(frozen=True, slots=True)
class DemandCalendar:
    """Demand events, of which `concerns` (events × categories) says which categories they are for.

    `starts` and `ends` (events) are microseconds of UTC, `lift` (above 0) is the factor on units during an
    event. Events at the same time do not add: a moment is within an event or it is not, as it was when the
    lift was measured (docs/decisions/0016-states-and-events.md).
    """

    starts: Int64
    ends: Int64
    concerns: Bool
    lift: float

    def __post_init__(self) -> None:
        """Refuse a lift of which no factor can be made."""
        if not 0 < self.lift < np.inf:
            raise DataError(f"the lift of demand events is {self.lift}, it must be above 0 and finite")

    def factor(self, categories: Int32, since: Int64, horizon: int) -> Float64:
        """Mean factor on units in each of `categories` over `horizon` microseconds from each of `since`."""
        within = np.zeros(len(since), dtype=np.int64)
        order = np.argsort(categories, kind="stable")
        edges = np.flatnonzero(np.diff(categories[order])) + 1
        for places in np.split(order, edges) if len(order) else []:
            concerned = self.concerns[:, categories[places[0]]]
            if concerned.any():
                spells = _spells(self.starts[concerned], self.ends[concerned])
                begin = since[places]
                within[places] = _time_within(*spells, begin + horizon) - _time_within(*spells, begin)
        return 1.0 + (self.lift - 1.0) * (within / horizon)

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


def _spells(starts: Int64, ends: Int64) -> tuple[Int64, Int64]:
    """Begins and ends of the times that lie within any of the intervals, in order and apart."""
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    # One spell ends where the next interval begins only after all before have ended.
    last = np.append(starts[1:] > reach[:-1], True)
    first = np.append(True, last[:-1])
    return starts[first], reach[last]


def _time_within(starts: Int64, ends: Int64, at: Int64) -> Int64:
    """Microseconds within the spells before each instant of `at`."""
    begun = np.searchsorted(starts, at, side="right")
    whole = np.concatenate([[0], np.cumsum(ends - starts)])[begun]
    to_come = np.where(begun > 0, np.maximum(ends[begun - 1] - at, 0), 0)
    within: Int64 = whole - to_come
    return within
