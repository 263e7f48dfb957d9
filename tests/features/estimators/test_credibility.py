from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.estimators.credibility import prior_weight, smoothed_means
from recsys.arrays import Float64, sums_by


def _doubles(*values: float) -> Float64:
    return np.array(values, dtype=np.float64)


def test_smoothed_means_by_hand() -> None:
    # Values 1, 3 | 9, 11 | none, around a prior of 2: relative to it .5, 1.5 | 4.5, 5.5, of variance .5 each.
    total, squares, count = _doubles(4, 20, 0), _doubles(10, 202, 0), _doubles(2, 2, 0)
    # Means 1 and 5 stray by 0 and 4 from 1: (0 + 16) / 2 is .25 of noise and the variance between.
    weight = 0.5 / (8 - 0.25)
    found = smoothed_means(total, squares, count, _doubles(2, 2, 2))
    assert found == pytest.approx([(4 + 2 * weight) / (2 + weight), (20 + 2 * weight) / (2 + weight), 2.0])


@pytest.mark.parametrize("weight", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("most", [12, 60, 3_000])
def test_the_weight_of_the_prior_is_found(weight: float, most: int) -> None:
    n, between = 1_000, 0.2
    for seed in range(3):
        rng = np.random.default_rng(seed)
        count = np.where(np.arange(n) < 5, most, rng.integers(1, 12, n))
        mean = rng.gamma(1 / between, between, n)
        entry = np.repeat(np.arange(n), count)
        values = rng.normal(mean[entry], np.sqrt(weight * between))
        total, squares = sums_by(entry, values, n), sums_by(entry, values**2, n)
        assert prior_weight(total, squares, count.astype(np.float64)) == pytest.approx(weight, rel=0.2)


def test_entries_that_differ_no_more_than_their_values_take_the_prior() -> None:
    # Both have the mean 2, their values 0 and 4.
    found = smoothed_means(_doubles(4, 4), _doubles(16, 16), _doubles(2, 2), _doubles(2, 2.5))
    assert found.tolist() == [2.0, 2.5]
    assert prior_weight(_doubles(2, 2), _doubles(4, 4), _doubles(2, 2)) == inf


def test_values_that_do_not_vary_are_taken_as_they_are() -> None:
    found = smoothed_means(_doubles(4, 20, 0), _doubles(8, 200, 0), _doubles(2, 2, 0), _doubles(3, 3, 3))
    assert found.tolist() == [2.0, 10.0, 3.0]


def test_where_nothing_was_seen_twice_the_prior_counts_as_one_value() -> None:
    found = smoothed_means(_doubles(6, 0), _doubles(36, 0), _doubles(1, 0), _doubles(2, 7))
    assert found == pytest.approx([(6 + 2) / 2, 7.0])


ENTRIES = st.lists(
    st.tuples(st.lists(st.integers(0, 1_000), max_size=6), st.floats(0.5, 1_000)), min_size=1, max_size=8
)


@given(ENTRIES)
def test_a_smoothed_mean_lies_between_the_own_mean_and_the_prior(
    entries: list[tuple[list[int], float]],
) -> None:
    values, prior = [np.array(given, dtype=np.float64) for given, _ in entries], [p for _, p in entries]
    found = smoothed_means(
        _doubles(*(given.sum() for given in values)),
        _doubles(*(np.square(given).sum() for given in values)),
        _doubles(*(len(given) for given in values)),
        _doubles(*prior),
    )
    for mean, own_values, usual in zip(found, values, prior, strict=True):
        own = own_values.mean() if len(own_values) else usual
        assert min(own, usual) - 1e-9 <= mean <= max(own, usual) + 1e-9
