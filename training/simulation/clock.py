"""The window of the simulation in microseconds of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from training.simulation.arrays import Floats, Integers
from training.simulation.settings import SimulationSettings

MICROSECONDS_PER_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Clock:
    """Converts days since the window's start into event time."""

    start_date: date
    days: int

    @classmethod
    def of(cls, settings: SimulationSettings) -> Clock:
        """The clock of the settings' window."""
        return cls(start_date=settings.start, days=settings.days)

    @property
    def start(self) -> int:
        """First microsecond of the window."""
        return (self.start_date - _EPOCH).days * MICROSECONDS_PER_DAY

    @property
    def end(self) -> int:
        """The instant as of which the export is known; nothing in it is later."""
        return self.start + self.days * MICROSECONDS_PER_DAY

    @property
    def as_of(self) -> datetime:
        """`end` as an aware datetime."""
        return datetime.fromtimestamp(self.end // 1_000_000, tz=UTC)

    def instant(self, days: Floats) -> Integers:
        """Event time of (possibly negative or fractional) days since the start."""
        return self.start + np.floor(days * MICROSECONDS_PER_DAY).astype(np.int64)
