import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.plan.coverage import Coverage
from tests.recsys.plan.cases import random_coverage, sets


def two_creators(chance: float) -> Coverage:
    """One reaches shoppers 0, 1, 2, the other 2 and 3; the first brings half a shopper beside."""
    return Coverage(
        sets([0, 1, 2], [2, 3]),
        np.arange(2, dtype=np.int32),
        np.array([1.0, chance]),
        np.array([1.0, 1.0, 1.0, 4.0]),
        np.array([0.5, 0.0]),
    )


def test_a_shopper_whom_two_reach_counts_once() -> None:
    coverage = two_creators(chance=1.0)
    assert coverage.worth(np.array([0], dtype=np.int32)) == 3.5
    assert coverage.worth(np.array([1], dtype=np.int32)) == 5.0
    assert coverage.worth(np.array([0, 1], dtype=np.int32)) == 7.5


def test_what_is_reached_by_chance_is_left_to_others_by_the_rest() -> None:
    coverage = two_creators(chance=0.25)
    # Alone the second brings a quarter of 1 + 4; of shopper 2 the first has left nothing.
    assert coverage.worth(np.array([1], dtype=np.int32)) == 1.25
    left = coverage.left_by(np.array([0], dtype=np.int32))
    assert coverage.gain(1, left) == 1.0
    np.testing.assert_array_equal(coverage.left_by(np.array([1], dtype=np.int32)), [1, 1, 0.75, 3])


def test_several_candidates_can_share_an_audience() -> None:
    coverage = two_creators(1.0).only(np.array([1, 1, 0], dtype=np.int32))
    np.testing.assert_array_equal(coverage.gains(coverage.untouched()), [5.0, 5.0, 3.5])


@given(st.integers(0, 10_000))
def test_the_worth_is_monotone_and_submodular(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coverage = random_coverage(rng)
    order = rng.permutation(len(coverage)).astype(np.int32)
    few, many = np.sort(rng.integers(0, len(order), 2))
    candidate = int(order[-1])
    after_few, after_many = (coverage.gain(candidate, coverage.left_by(order[:n])) for n in (few, many))
    assert after_few >= after_many - 1e-9
    assert after_many >= 0
    assert after_many == pytest.approx(
        coverage.worth(np.append(order[:many], order[-1])) - coverage.worth(order[:many]), abs=1e-9
    )


@given(st.integers(0, 10_000))
def test_all_gains_at_once_are_the_single_ones(seed: int) -> None:
    coverage = random_coverage(np.random.default_rng(seed))
    left = coverage.left_by(np.array([0], dtype=np.int32))
    single = [coverage.gain(candidate, left) for candidate in range(len(coverage))]
    np.testing.assert_allclose(coverage.gains(left), single, rtol=1e-12, atol=1e-12)
