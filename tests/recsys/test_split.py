import pytest

from recsys.errors import UsageError
from recsys.split import DAY_US, TemporalSplit


def test_the_horizon_ends_at_the_instant_of_knowledge() -> None:
    split = TemporalSplit.before(as_of=100 * DAY_US, horizon_days=1.5)
    assert (split.cutoff, split.as_of) == (98 * DAY_US + DAY_US // 2, 100 * DAY_US)


def test_a_day_is_86400_seconds_of_microseconds() -> None:
    assert DAY_US == 24 * 60 * 60 * 1_000_000


@pytest.mark.parametrize("days", [0, -1, float("nan")])
def test_a_horizon_of_no_length_is_refused(days: float) -> None:
    with pytest.raises(UsageError, match="longer than 0 days"):
        TemporalSplit.before(0, days)
