from math import exp, lgamma, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Float64
from recsys.value.counts import Counts, chance_of_any

MEANS = st.floats(0.001, 200)
SHAPES = st.floats(0.05, 50)


def _mass(count: int, mean: float, shape: float) -> float:
    """Γ(n + r) / (n! Γ(r)) · (r / (r + μ))^r · (μ / (r + μ))^n."""
    ways = lgamma(count + shape) - lgamma(count + 1) - lgamma(shape)
    return exp(ways + shape * log(shape / (shape + mean)) + count * log(mean / (shape + mean)))


def _masses(mean: float, shape: float, upto: int = 1_000) -> Float64:
    return np.array([_mass(count, mean, shape) for count in range(upto)])


def _counts(means: list[float], shape: float) -> Counts:
    return Counts(np.array(means), np.full(len(means), shape))


@pytest.mark.parametrize(("mean", "shape"), [(0.02, 0.3), (1.0, 1.0), (4.0, 0.5), (3.0, 20.0)])
def test_the_chance_of_any_is_what_all_counts_but_zero_add_up_to(mean: float, shape: float) -> None:
    masses = _masses(mean, shape)
    assert masses.sum() == pytest.approx(1.0)
    assert (masses * np.arange(len(masses))).sum() == pytest.approx(mean)
    assert _counts([mean], shape).chance_of_any()[0] == pytest.approx(masses[1:].sum())


def test_chances_by_hand() -> None:
    # Of shape 1, 1 / (1 + mean) sell nothing; of a large shape e^-mean, as Poisson has it.
    np.testing.assert_allclose(chance_of_any(np.array([0.0, 1.0, 3.0]), 1.0), [0, 1 / 2, 3 / 4])
    np.testing.assert_allclose(chance_of_any(np.array([0.5, 2.0]), 1e9), 1 - np.exp([-0.5, -2.0]), rtol=1e-8)


def test_the_chance_of_a_tiny_mean_is_that_mean() -> None:
    np.testing.assert_allclose(chance_of_any(np.array([1e-18]), 0.5), [1e-18], rtol=1e-12)


@given(st.lists(MEANS, min_size=2, max_size=9), SHAPES)
def test_a_chance_is_between_zero_and_one_and_rises_with_the_mean(means: list[float], shape: float) -> None:
    chance = _counts(sorted(means), shape).chance_of_any()
    assert ((chance > 0) & (chance <= 1)).all()
    assert (np.diff(chance) >= 0).all()


@pytest.mark.parametrize("level", [0.05, 0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize(("mean", "shape"), [(0.05, 0.4), (2.0, 0.7), (15.0, 3.0)])
def test_a_quantile_is_the_least_count_that_is_not_exceeded(mean: float, shape: float, level: float) -> None:
    upto = np.cumsum(_masses(mean, shape))
    least = int(np.flatnonzero(upto >= level)[0])
    assert _counts([mean], shape).quantile(level).tolist() == [least]


@given(st.lists(MEANS, min_size=2, max_size=6), SHAPES, st.floats(0.05, 0.9), st.floats(0.0, 0.09))
def test_quantiles_rise_with_the_mean_and_with_the_level(
    means: list[float], shape: float, level: float, more: float
) -> None:
    counts = _counts(sorted(means), shape)
    low, high = counts.quantile(level), counts.quantile(level + more)
    assert (np.diff(low) >= 0).all()
    assert (low <= high).all()
    assert (low >= 0).all()


@given(MEANS, SHAPES)
def test_a_tenth_quantile_is_above_nothing_exactly_where_nothing_is_less_likely(
    mean: float, shape: float
) -> None:
    counts = _counts([mean], shape)
    nothing = 1.0 - counts.chance_of_any()[0]
    if abs(nothing - 0.1) > 1e-9:
        assert (counts.quantile(0.1)[0] > 0) == (nothing < 0.1)


@given(MEANS, SHAPES, st.floats(0.05, 1.0))
def test_the_middle_leaves_out_as_much_at_either_end_or_what_it_must_above(
    mean: float, shape: float, happens: float
) -> None:
    low, high = (int(end[0]) for end in _counts([mean], shape).middle(0.8, np.array([happens])))
    # Of all outcomes so many are up to each count.
    upto = 1.0 - happens * (1.0 - np.cumsum(_masses(mean, shape, 2_000)))
    if abs(upto[0] - 0.1) < 1e-6:
        return
    if upto[0] < 0.1:
        assert (low, high) == tuple(int(np.flatnonzero(upto >= level)[0]) for level in (0.1, 0.9))
    else:
        assert low == 0
        assert abs(upto[high] - 0.8) == pytest.approx(np.abs(upto - 0.8).min(), abs=1e-6)


def test_of_what_mostly_sells_nothing_the_middle_is_nothing() -> None:
    # 1 / (1 + mean) sell nothing: .77 and .67, and up to one .95 and .89.
    low, high = _counts([0.3, 0.5], 1.0).middle(0.8, np.ones(2))
    assert (low.tolist(), high.tolist()) == ([0, 0], [0, 1])


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_what_is_kept_of_each_unit_by_chance_has_the_same_shape(kept: float) -> None:
    mean, shape, most = 4.0, 0.6, 400
    units = _masses(mean, shape, most)
    # Chance of n kept of m sold is binomial; summed over m it must be the mass of the mean times kept.
    log_kept, log_back = log(kept), log(1 - kept)
    for count in (0, 1, 2, 7):
        binomial = [
            exp(
                lgamma(m + 1) - lgamma(count + 1) - lgamma(m - count + 1)
                + count * log_kept + (m - count) * log_back
            )
            for m in range(count, most)
        ]  # fmt: skip
        assert (units[count:] * binomial).sum() == pytest.approx(_mass(count, kept * mean, shape), rel=1e-9)
    left = _mass(0, kept * mean, shape)
    assert _counts([mean], shape).kept(np.array([kept])).chance_of_any()[0] == pytest.approx(1 - left)


def test_a_mean_that_is_not_known_adds_to_the_variance() -> None:
    mean, shape, spread = 3.0, 2.0, 0.5
    blurred = _counts([mean], shape).blurred(np.array([spread]))
    # Of a gamma and a log-normal, each of mean 1, that do not depend on each other.
    rng = np.random.default_rng(0)
    factors = rng.gamma(shape, 1 / shape, 400_000) * rng.lognormal(-(spread**2) / 2, spread, 400_000)
    assert blurred.mean[0] == mean
    assert 1 / blurred.shape[0] == pytest.approx(factors.var(), rel=0.03)
    same = _counts([mean], shape).blurred(np.array([0.0]))
    np.testing.assert_allclose(same.shape, shape)


def test_counts_behind_others_have_the_middle_that_they_have_alone() -> None:
    first, others = _counts([0.2, 3.0], 0.5), _counts([40.0], 2.0)
    low, high = first.and_then(others).middle(0.8, np.array([0.5, 1.0, 0.9]))
    for alone, happens, part in ((first, [0.5, 1.0], slice(0, 2)), (others, [0.9], slice(2, 3))):
        np.testing.assert_array_equal((low[part], high[part]), alone.middle(0.8, np.array(happens)))
