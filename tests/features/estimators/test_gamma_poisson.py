from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.estimators.gamma_poisson import GammaPoisson, multiples
from features.estimators.tally import Tally
from recsys.arrays import Float64
from tests.features.estimators.exposures import EXPOSURES, N


def _doubles(*values: float) -> Float64:
    return np.array(values, dtype=np.float64)


def _multiples(observed: Float64, expected: Float64) -> Float64:
    return multiples(Tally.undecayed(observed, expected))


def test_posterior_means_by_hand() -> None:
    prior = GammaPoisson(_doubles(0.1, 0.1, 0.2), 4.0)
    # 10, 0 and 5 events where 5, 5 and none were to be expected.
    found = prior.posterior(_doubles(10, 0, 5), _doubles(50, 50, 0))
    assert found == pytest.approx([0.1 * 14 / 9, 0.1 * 4 / 9, 0.2])


@pytest.mark.parametrize("kind", EXPOSURES)
@pytest.mark.parametrize(("shape", "mean"), [(0.5, 3), (0.5, 30), (2, 3), (2, 30), (4, 5), (10, 30)])
def test_the_shape_is_found_whatever_the_exposures(kind: str, shape: float, mean: float) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        expected = mean * EXPOSURES[kind](rng)
        counts = rng.poisson(expected * rng.gamma(shape, 1 / shape, N)).astype(np.float64)
        assert GammaPoisson.fitted(counts, expected, np.ones(N)).shape == pytest.approx(shape, rel=0.2)


@pytest.mark.parametrize(
    ("half_life", "mean", "shape", "within"),
    [
        *((30, 5, 4, 0.2), (30, 10, 4, 0.2), (30, 30, 4, 0.2), (90, 3, 2, 0.2), (90, 30, 8, 0.2)),
        # Of less than one decayed order an entry the likelihood leans upward.
        *((30, 2, 4, 0.4), (30, 3, 4, 0.4)),
    ],
)
def test_the_shape_is_found_in_decayed_totals(
    half_life: float, mean: float, shape: float, within: float
) -> None:
    """In the middle of many draws: chance moves a single one further."""
    days = 180
    weights = 0.5 ** (np.arange(days) / half_life)
    found, as_if_counts = [], []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        # Views come in bursts, orders as they do.
        expected = rng.gamma(0.3, 1 / 0.3, (N, days)) * mean / days
        orders = rng.poisson(expected * rng.gamma(shape, 1 / shape, (N, 1)))
        tally = Tally(orders @ weights, expected @ weights, expected @ weights**2)
        found.append(GammaPoisson.fitted(*tally.counts(), np.ones(N)).shape)
        as_if_counts.append(GammaPoisson.fitted(tally.observed, tally.exposure, np.ones(N)).shape)
    assert np.median(found) == pytest.approx(shape, rel=within)
    assert 0.7 * shape < min(found) < max(found) < 2.5 * shape
    # As if the totals were counts they would look as if they varied far less.
    assert (np.array(as_if_counts) > 1.2 * np.array(found)).all()


def test_rates_that_do_not_vary_have_an_infinite_shape_or_nearly() -> None:
    expected = np.full(N, 20.0)
    assert GammaPoisson.fitted(np.full(N, 20.0), expected, np.ones(N)).shape == inf
    drawn = np.random.default_rng(1).poisson(expected).astype(np.float64)
    np.testing.assert_allclose(_multiples(drawn, expected), 1.0, atol=0.1)


def test_the_shape_has_no_bounds_that_hide_how_far_rates_vary() -> None:
    rng = np.random.default_rng(0)
    for shape in (0.02, 3_000.0):
        expected = np.full(20_000, 20_000.0)
        counts = rng.poisson(expected * rng.gamma(shape, 1 / shape, len(expected))).astype(np.float64)
        assert GammaPoisson.fitted(counts, expected, np.ones(len(expected))).shape == pytest.approx(
            shape, rel=0.1
        )


def test_what_was_counted_without_exposure_says_nothing() -> None:
    rng = np.random.default_rng(2)
    expected = np.full(N, 10.0)
    counts = rng.poisson(expected * rng.gamma(2.0, 0.5, N)).astype(np.float64)
    alone = _multiples(counts, expected)
    together = _multiples(np.append(counts, 40.0), np.append(expected, 0.0))
    assert together[-1] == 1.0
    np.testing.assert_allclose(together[:-1], alone)


def test_without_any_event_or_entry_all_are_as_expected() -> None:
    assert _multiples(_doubles(0, 0), _doubles(3, 0)).tolist() == [1.0, 1.0]
    assert _multiples(_doubles(), _doubles()).tolist() == []


def test_large_counts_have_their_own_ratio() -> None:
    found = _multiples(_doubles(2e6, 5e5, 1e6), _doubles(1e6, 1e6, 1e6))
    np.testing.assert_allclose(found, [2.0, 0.5, 1.0], rtol=1e-4)


@pytest.mark.parametrize("shape", [0.5, 4.0])
def test_weighted_sums_vary_as_counts_do(shape: float) -> None:
    rng = np.random.default_rng(5)
    expected = np.tile([1.0, 10.0, 1_000.0], (20_000, 1))
    counts = rng.poisson(expected * rng.gamma(shape, 1 / shape, expected.shape))
    weights = GammaPoisson(np.ones(3), shape).weights(expected[0])
    assert weights[0] > weights[1] > weights[2]
    sums = counts @ weights
    assert sums.mean() == pytest.approx(expected[0] @ weights, rel=0.03)
    assert sums.var() == pytest.approx(sums.mean(), rel=0.05)


COUNTS = st.lists(
    st.tuples(st.integers(-3, 500), st.integers(0, 500).map(lambda hundredths: hundredths / 100)),
    min_size=1,
    max_size=20,
)


@given(COUNTS)
def test_a_multiple_lies_between_one_and_its_own_ratio(counts: list[tuple[int, float]]) -> None:
    observed, expected = _doubles(*(o for o, _ in counts)), _doubles(*(e for _, e in counts))
    found = _multiples(observed, expected)
    assert np.isfinite(np.log(found)).all()
    own = np.where(expected > 0, np.maximum(observed, 0), 0)
    assert ((found - 1) * (own - expected) >= 0).all()
    # (found - 1) · expected is what is believed of the surplus, never more than the surplus.
    assert (np.abs(found - 1) * expected <= np.abs(own - expected) * (1 + 1e-9) + 1e-9).all()


@given(st.lists(st.integers(0, 500), min_size=2, max_size=20), st.floats(0.01, 100))
def test_of_alike_expectations_the_order_of_what_was_observed_stays(
    observed: list[int], expected: float
) -> None:
    found = _multiples(_doubles(*observed), np.full(len(observed), expected))
    assert (np.diff(found[np.argsort(observed, kind="stable")]) >= 0).all()
