from math import inf, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.estimators.strength import enough_of, log_rising, most_likely


@pytest.mark.parametrize("top", [1e-6, 0.3, 1.0, 40.0, 1e9])
def test_the_top_of_a_hill_is_found(top: float) -> None:
    found = most_likely(lambda strength: -(np.log(strength / top) ** 2), -(60.0**2))
    assert found == pytest.approx(top, rel=1e-3)


def test_of_two_hills_the_higher_one_is_taken() -> None:
    def hills(strength: float) -> float:
        return float(max(1 - abs(np.log(strength) - 5), 3 - abs(np.log(strength) + 8)))

    assert np.log(most_likely(hills, 0.0)) == pytest.approx(-8, abs=1e-2)


def test_a_slope_that_only_rises_has_its_top_at_infinity() -> None:
    assert most_likely(lambda strength: -1 / strength, 0.0) == inf


@given(st.floats(1e-3, 1e12), st.floats(0, 1e6))
def test_rising_factorials(start: float, by: float) -> None:
    (found,) = log_rising(np.array([start]), np.array([by]))
    exact = lgamma(start + by) - lgamma(start)
    assert found == pytest.approx(exact, rel=1e-7, abs=1e-3 + 1e-14 * abs(lgamma(start + by)))


def test_of_large_and_small_each_rises_as_it_does_alone() -> None:
    start, by = np.array([0.5, 40.0, 29.0, 31.0]), np.array([3.0, 0.0, 2.0, 700.0])
    alone = [log_rising(start[[place]], by[[place]])[0] for place in range(4)]
    assert log_rising(start, by).tolist() == alone


def test_of_very_many_entries_some_are_enough() -> None:
    assert enough_of(np.arange(8_000)).tolist() == list(range(8_000))
    assert enough_of(np.arange(8_001)).tolist() == list(range(0, 8_001, 2))
    assert enough_of(np.arange(0)).tolist() == []
