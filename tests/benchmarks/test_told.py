import numpy as np
import pytest

from benchmarks.told import Earned, Kept, Lists, Promise, Told

# Two creators, lists of two: 7 and 5 for the first, 5 alone for the second.
LISTS = np.array([[7, 5], [5, -1]])
TOLD = Told(
    np.array([[10.0, 4.0], [2.0, np.nan]]),
    np.array([[5.0, 0.0], [1.0, np.nan]]),
    np.array([[20.0, 8.0], [3.0, np.nan]]),
)


def test_a_promise_is_made_of_what_was_listed_and_linked_on_the_day() -> None:
    creators, products = np.array([0, 0, 1, 0, 1]), np.array([5, 5, 7, 9, 5])
    promise = Promise.of(3, Lists(LISTS, TOLD), creators, products)
    assert (promise.creator.tolist(), promise.product.tolist()) == ([0, 1], [5, 5])
    assert (promise.commission.tolist(), promise.low.tolist(), promise.high.tolist()) == (
        [4.0, 2.0],
        [0.0, 1.0],
        [8.0, 3.0],
    )


def test_lists_that_tell_nothing_promise_nothing() -> None:
    assert len(Promise.of(3, Lists(LISTS), np.array([0]), np.array([7])).creator) == 0


def test_what_happened_is_what_the_pair_earned_within_the_horizon() -> None:
    promise = Promise.of(3, Lists(LISTS, TOLD), np.array([0, 1]), np.array([7, 5]))
    orders = Earned(
        creator=np.array([0, 0, 0, 1, 0]),
        product=np.array([7, 7, 7, 5, 5]),
        # The first before the day, the third after the horizon of two days.
        ordered=np.array([2.9, 3.0, 5.0, 4.5, 4.0]),
        commission=np.array([1.0, 8.0, 32.0, 4.0, 64.0]),
    )
    kept = Kept.of([promise], orders, horizon_days=2.0, last_day=5)
    assert kept.happened.tolist() == [8.0, 4.0]
    assert kept.ratio == pytest.approx((10 + 2) / (8 + 4))
    # 8 lies in 5 … 20, 4 above 1 … 3.
    assert kept.coverage == 0.5


def test_a_promise_whose_horizon_is_not_over_is_left_out() -> None:
    promise = Promise.of(4, Lists(LISTS, TOLD), np.array([0]), np.array([7]))
    nobody = np.zeros(0, dtype=np.int64)
    nothing = Earned(nobody, nobody, np.zeros(0), np.zeros(0))
    assert len(Kept.of([promise], nothing, horizon_days=2.0, last_day=5)) == 0


def test_tenths_are_by_what_was_told() -> None:
    told = np.arange(20.0)[::-1]
    kept = Kept(told, told, told, np.ones(20))
    assert kept.tenths() == [(float(4 * tenth + 1), 2.0) for tenth in range(10)]
