import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.smoothing import (
    STRONGEST_PRIOR,
    WEAKEST_PRIOR,
    rate_within_groups,
    relative_rate,
    smoothed_mean,
)
from recsys.arrays import Float64


def _doubles(*values: float) -> Float64:
    return np.array(values, dtype=np.float64)


def test_relative_rates_by_hand() -> None:
    # Σ expected² = 300; Σ (observed - expected)² - observed = (100 - 20) + (0 - 10) + (100 - 0) = 170.
    shape = 300 / 170
    found = relative_rate(_doubles(20, 10, 0), _doubles(10, 10, 10))
    assert found == pytest.approx([(20 + shape) / (10 + shape), 1.0, shape / (10 + shape)])


def test_no_data_is_a_rate_of_one() -> None:
    assert relative_rate(_doubles(0, 30, 2), _doubles(0, 10, 10))[0] == 1.0
    assert relative_rate(_doubles(0, 0), _doubles(0, 0)).tolist() == [1.0, 1.0]
    assert relative_rate(_doubles(), _doubles()).tolist() == []


def test_large_counts_have_their_own_ratio() -> None:
    observed, expected = _doubles(2e6, 5e5, 1e6), _doubles(1e6, 1e6, 1e6)
    np.testing.assert_allclose(relative_rate(observed, expected), [2.0, 0.5, 1.0], rtol=1e-4)


def test_counts_that_vary_as_chance_makes_them_are_all_near_one() -> None:
    # Poisson around 9: 6, 9 and 12 stray by less than the 3 that chance allows.
    found = relative_rate(_doubles(6, 9, 12), _doubles(9, 9, 9))
    assert found == pytest.approx([(o + STRONGEST_PRIOR) / (9 + STRONGEST_PRIOR) for o in (6, 9, 12)])


def test_counts_that_vary_wildly_still_lean_a_little() -> None:
    # 300 of 0.01 expected: by moments the shape would be below a thousandth.
    found = relative_rate(_doubles(300, 0), _doubles(0.01, 10))
    assert found == pytest.approx([(300 + WEAKEST_PRIOR) / (0.01 + WEAKEST_PRIOR), 0.1 / 10.1])


COUNTS = st.lists(
    st.tuples(st.integers(-3, 500), st.integers(0, 500).map(lambda hundredths: hundredths / 100)),
    min_size=1,
    max_size=20,
)


@given(COUNTS)
def test_a_rate_lies_between_one_and_its_own_ratio(counts: list[tuple[int, float]]) -> None:
    observed, expected = _doubles(*(o for o, _ in counts)), _doubles(*(e for _, e in counts))
    rate = relative_rate(observed, expected)
    counted = np.maximum(observed, 0)
    assert (rate > 0).all()
    assert ((rate >= 1) == (counted >= expected)).all()
    # (rate - 1) · expected is what is believed of the surplus, never more than the surplus.
    assert (np.abs(rate - 1) * expected <= np.abs(counted - expected) * (1 + 1e-9) + 1e-9).all()


@given(st.lists(st.integers(0, 500), min_size=2, max_size=20), st.floats(0, 100))
def test_of_alike_expectations_the_order_of_what_was_observed_stays(
    observed: list[int], expected: float
) -> None:
    rate = relative_rate(_doubles(*observed), np.full(len(observed), expected))
    order = np.argsort(observed, kind="stable")
    assert (np.diff(rate[order]) >= 0).all()
    assert (np.diff(rate[order])[np.diff(np.array(observed)[order]) > 0] > 0).all()


def test_an_entry_without_exposure_has_the_rate_of_its_group() -> None:
    # Two groups of very different rates; the last of each was never tried.
    observed = _doubles(900, 1_100, 0, 90, 110, 0)
    exposure = _doubles(1_000, 1_000, 0, 1_000, 1_000, 0)
    rate = rate_within_groups(observed, exposure, np.array([0, 0, 0, 1, 1, 1]))
    assert rate[2] == pytest.approx(1.0, rel=0.01)
    assert rate[5] == pytest.approx(0.1, rel=0.01)


def test_rates_within_groups_by_hand() -> None:
    observed, exposure = _doubles(30, 10, 0, 0), _doubles(10, 10, 10, 10)
    groups = np.array([0, 0, 1, 1])
    # One event a unit of exposure over all; groups saw 40 and 0 of 20 expected each.
    shape = (400 + 400) / ((400 - 40) + (400 - 0))
    of_group = [(40 + shape) / (20 + shape), shape / (20 + shape)]
    expected = _doubles(*(10 * of_group[group] for group in groups))
    excess = float((np.square(observed - expected) - observed).sum())
    own = float(np.square(expected).sum()) / excess
    found = rate_within_groups(observed, exposure, groups)
    assert found == pytest.approx(
        [of_group[g] * (o + own) / (e + own) for g, o, e in zip(groups, observed, expected, strict=True)]
    )
    # The better leans down and the worse up, both towards their group.
    assert 1.0 < found[1] < of_group[0] < found[0] < 3.0


def test_without_any_event_half_a_one_stands_in() -> None:
    rate = rate_within_groups(_doubles(0, 0), _doubles(60, 40), np.array([0, 1]))
    assert np.isfinite(np.log(rate)).all()
    # Groups lean on 0.005 with a shape of 1, and so do entries on their group.
    of_group = [0.005 / (1 + 0.005 * 60), 0.005 / (1 + 0.005 * 40)]
    assert rate == pytest.approx([of_group[0] / (1 + of_group[0] * 60), of_group[1] / (1 + of_group[1] * 40)])
    assert rate_within_groups(_doubles(), _doubles(), np.array([], dtype=np.int64)).tolist() == []


def test_smoothed_means_by_hand() -> None:
    # Values 1, 3 | 9, 11 | none, around a prior of 2: relative to it .5, 1.5 | 4.5, 5.5.
    total, squares, count = _doubles(4, 20, 0), _doubles(10, 202, 0), _doubles(2, 2, 0)
    within = (0.5 + 0.5) / 2
    between = 2.0**2 - within / 2
    weight = within / between
    found = smoothed_mean(total, squares, count, _doubles(2, 2, 2))
    assert found == pytest.approx([(4 + 2 * weight) / (2 + weight), (20 + 2 * weight) / (2 + weight), 2.0])


def test_entries_that_differ_no_more_than_their_values_take_the_prior() -> None:
    # Both have the mean 2, their values 0 and 4.
    found = smoothed_mean(_doubles(4, 4), _doubles(16, 16), _doubles(2, 2), _doubles(3, 5))
    weight = STRONGEST_PRIOR
    assert found == pytest.approx([(4 + 3 * weight) / (2 + weight), (4 + 5 * weight) / (2 + weight)])


def test_where_nothing_was_seen_twice_the_prior_counts_as_one_value() -> None:
    found = smoothed_mean(_doubles(6, 0), _doubles(36, 0), _doubles(1, 0), _doubles(2, 7))
    assert found == pytest.approx([(6 + 2) / 2, 7.0])


ENTRIES = st.lists(
    st.tuples(st.lists(st.integers(0, 1_000), max_size=6), st.floats(0.5, 1_000)), min_size=1, max_size=8
)


@given(ENTRIES)
def test_a_smoothed_mean_lies_between_the_own_mean_and_the_prior(
    entries: list[tuple[list[int], float]],
) -> None:
    values, prior = [np.array(given, dtype=np.float64) for given, _ in entries], [p for _, p in entries]
    found = smoothed_mean(
        _doubles(*(given.sum() for given in values)),
        _doubles(*(np.square(given).sum() for given in values)),
        _doubles(*(len(given) for given in values)),
        _doubles(*prior),
    )
    for mean, own_values, usual in zip(found, values, prior, strict=True):
        own = own_values.mean() if len(own_values) else usual
        assert min(own, usual) - 1e-9 <= mean <= max(own, usual) + 1e-9
