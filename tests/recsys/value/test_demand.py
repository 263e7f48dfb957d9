import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.value.demand import DemandCalendar

HORIZON = 10
# Of three products the first event concerns two, the second the last, the third all.
CALENDAR = DemandCalendar(
    starts=np.array([100, 104, 120]),
    ends=np.array([105, 107, 121]),
    concerns=np.array([[True, True, False], [False, False, True], [True, True, True]]),
    lift=3.0,
)


def _factor(product: int, since: int, horizon: int = HORIZON) -> float:
    factor = CALENDAR.factor(np.array([product], dtype=np.int32), np.array([since]), horizon)
    return float(factor[0])


@pytest.mark.parametrize(
    ("product", "since", "expected"),
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
    product: int, since: int, expected: float
) -> None:
    assert _factor(product, since) == pytest.approx(expected)


def test_a_horizon_within_an_event_has_the_whole_lift() -> None:
    assert _factor(0, 101, horizon=3) == 3.0


def test_events_within_one_horizon_add_up() -> None:
    assert _factor(0, 100, horizon=40) == pytest.approx(1 + 2 * (5 + 1) / 40)


def test_pairs_of_many_starts_are_told_at_once() -> None:
    products, since = np.array([0, 2, 0], dtype=np.int32), np.array([100, 100, 92])
    np.testing.assert_allclose(CALENDAR.factor(products, since, HORIZON), [2.0, 1.6, 1.4])


def test_without_events_demand_is_even() -> None:
    nothing = DemandCalendar(
        np.array([], dtype=np.int64), np.array([], dtype=np.int64), np.zeros((0, 3), np.bool_), 5.0
    )
    products = np.array([0, 2], dtype=np.int32)
    assert nothing.factor(products, np.array([0, 100]), HORIZON).tolist() == [1.0, 1.0]


@given(st.integers(0, 200), st.integers(1, 50), st.integers(0, 2), st.floats(0.2, 4.0))
def test_a_factor_lies_between_one_and_what_all_events_could_do(
    since: int, horizon: int, product: int, lift: float
) -> None:
    calendar = DemandCalendar(CALENDAR.starts, CALENDAR.ends, CALENDAR.concerns, lift)
    (factor,) = calendar.factor(np.array([product], dtype=np.int32), np.array([since]), horizon)
    # No two events of one product overlap.
    assert min(1.0, lift) - 1e-12 <= factor <= max(1.0, lift) + 1e-12


def test_a_calendar_comes_back_from_its_arrays() -> None:
    restored = DemandCalendar.from_state(CALENDAR.state())
    for name, values in CALENDAR.state().items():
        np.testing.assert_array_equal(restored.state()[name], values)
    products = np.arange(3, dtype=np.int32)
    since = np.full(3, 101)
    np.testing.assert_array_equal(
        restored.factor(products, since, HORIZON), CALENDAR.factor(products, since, HORIZON)
    )
