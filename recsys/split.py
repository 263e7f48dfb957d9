"""Temporal split: learn from before the cutoff, judge on the horizon after it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from recsys.errors import UsageError

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class TemporalSplit:
    """Two instants in microseconds of UTC: everything up to `cutoff` may be learned from, what happened in
    (`cutoff`, `as_of`] is to be foretold. Nothing after either is read for its side.
    """

    cutoff: int
    as_of: int

    @classmethod
    def before(cls, as_of: int, horizon_days: float) -> "TemporalSplit":
        """The split whose horizon ends at `as_of`; raises `UsageError` for a horizon of no length."""
        if not horizon_days > 0:
            raise UsageError(f"the horizon must be longer than 0 days, not {horizon_days}")
        return cls(as_of - round(horizon_days * DAY_US), as_of)


def iso(instant_us: int) -> str:
    """ISO 8601 of microseconds of UTC, to the second."""
    return datetime.fromtimestamp(instant_us // 1_000_000, tz=UTC).isoformat().replace("+00:00", "Z")
