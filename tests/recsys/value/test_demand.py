from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import DataError
from recsys.value.demand import DemandCalendar

# Start, end and the categories concerned, out of three.
Event: TypeAlias = tuple[int, int, tuple[bool, ...]]

HORIZON = 10
# The first event is for two categories, the second for the last, the third for all.
EVENTS: list[Event] = [
    (100, 105, (True, True, False)),
    (104, 107, (False, False, True)),
    (120, 121, (True, True, True)),
]


def _calendar(events: list[Event], lift: float = 3.0) -> DemandCalendar:
    starts, ends = (np.array([event[place] for event in events], dtype=np.int64) for place in (0, 1))
    concerns = np.array([concerned for _, _, concerned in events], dtype=np.bool_).reshape(len(events), 3)
    return DemandCalendar(starts, ends, concerns, lift)


def _factor(calendar: DemandCalendar, category: int, since: int, horizon: int = HORIZON) -> float:
    factor = calendar.factor(np.array([category], dtype=np.int32), np.array([since]), horizon)
    return float(factor[0])


@pytest.mark.parametrize(
    ("category", "since", "expected"),
    [
        (0, 100, 1 + 2 * 5 / 10),  # the whole event within the horizon
        (0, 95, 1 + 2 * 5 / 10),
        (0, 92, 1 + 2 * 2 / 10),  # its first two
        (0, 103, 1 + 2 * 2 / 10),  # its last two
        (0, 90, 1.0),  # ends touch without overlap
        (0, 105, 1.0),
        (2, 100, 1 + 2 * 3 / 10),  # the other event
        (2, 106, 1 + 2 * 1 / 10),
        (0, 112, 1 + 2 * 1 / 10),
        (1, 111, 1 + 2 * 1 / 10),
        (2, 200, 1.0),
    ],
)
def test_the_factor_is_the_lift_over_the_share_of_the_horizon(
    category: int, since: int, expected: float
) -> None:
    assert _factor(_calendar(EVENTS), category, since) == pytest.approx(expected)


def test_a_horizon_within_an_event_has_the_whole_lift() -> None:
    assert _factor(_calendar(EVENTS), 0, 101, horizon=3) == 3.0


def test_events_one_after_another_each_lift_their_own_share() -> None:
    assert _factor(_calendar(EVENTS), 0, 100, horizon=40) == pytest.approx(1 + 2 * (5 + 1) / 40)


@pytest.mark.parametrize("lift", [0.3, 3.0])
def test_events_at_the_same_time_do_not_add(lift: float) -> None:
    twice = _calendar([(90, 130, (True, True, True)), (80, 140, (True, False, False))], lift)
    assert _factor(twice, 0, 100) == pytest.approx(lift)
    # Ten moments of the second alone, then both, then the second again: sixty in all.
    assert _factor(twice, 0, 70, horizon=80) == pytest.approx(1 + (lift - 1) * 60 / 80)
    assert _factor(twice, 1, 70, horizon=80) == pytest.approx(1 + (lift - 1) * 40 / 80)


def test_pairs_of_many_starts_are_told_at_once() -> None:
    categories, since = np.array([0, 2, 0], dtype=np.int32), np.array([100, 100, 92])
    np.testing.assert_allclose(_calendar(EVENTS).factor(categories, since, HORIZON), [2.0, 1.6, 1.4])


def test_without_events_demand_is_even_and_no_pair_has_no_factor() -> None:
    categories = np.array([0, 2], dtype=np.int32)
    assert _calendar([]).factor(categories, np.array([0, 100]), HORIZON).tolist() == [1.0, 1.0]
    assert _calendar(EVENTS).factor(categories[:0], np.array([], dtype=np.int64), HORIZON).tolist() == []


@pytest.mark.parametrize("lift", [0.0, -0.5, np.inf, np.nan])
def test_a_lift_that_is_no_factor_is_refused(lift: float) -> None:
    with pytest.raises(DataError, match="must be above 0"):
        _calendar(EVENTS, lift)


INTERVALS = st.tuples(st.integers(0, 60), st.integers(0, 30), st.tuples(*[st.booleans()] * 3)).map(
    lambda event: (event[0], event[0] + event[1], event[2])
)


@given(st.lists(INTERVALS, max_size=8), st.integers(-10, 90), st.integers(1, 50), st.floats(0.05, 9.0))
def test_the_factor_counts_each_moment_within_any_event_once(
    events: list[Event], since: int, horizon: int, lift: float
) -> None:
    for category in range(3):
        inside = [
            any(start <= moment < end and concerned[category] for start, end, concerned in events)
            for moment in range(since, since + horizon)
        ]
        factor = _factor(_calendar(events, lift), category, since, horizon)
        assert factor == pytest.approx(np.mean([lift if lifted else 1.0 for lifted in inside]))
        assert 0 < min(1.0, lift) - 1e-12 <= factor <= max(1.0, lift) + 1e-12


@given(st.lists(INTERVALS, min_size=1, max_size=8), st.integers(-10, 90), st.data())
def test_no_order_and_no_repetition_of_events_changes_a_bit(
    events: list[Event], since: int, data: st.DataObject
) -> None:
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    for category in range(3):
        assert _factor(_calendar(shuffled), category, since) == _factor(_calendar(events), category, since)


def test_a_calendar_comes_back_from_its_arrays() -> None:
    calendar = _calendar(EVENTS)
    restored = DemandCalendar.from_state(calendar.state())
    for name, values in calendar.state().items():
        np.testing.assert_array_equal(restored.state()[name], values)
    categories, since = np.arange(3, dtype=np.int32), np.full(3, 101)
    np.testing.assert_array_equal(
        restored.factor(categories, since, HORIZON), calendar.factor(categories, since, HORIZON)
    )
