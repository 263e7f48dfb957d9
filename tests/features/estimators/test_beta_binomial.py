from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.estimators.beta_binomial import BetaBinomial
from features.estimators.groups import within_groups
from features.estimators.tally import Tally
from recsys.arrays import Float64
from tests.features.estimators.exposures import EXPOSURES, N


def _doubles(*values: float) -> Float64:
    return np.array(values, dtype=np.float64)


def test_posterior_means_by_hand() -> None:
    prior = BetaBinomial(_doubles(0.8, 0.8, 0.5), 10.0)
    found = prior.posterior(_doubles(5, 20, 0), _doubles(10, 10, 0))
    # No more than all of ten can be hits.
    assert found == pytest.approx([13 / 20, 18 / 20, 0.5])


@pytest.mark.parametrize("kind", EXPOSURES)
@pytest.mark.parametrize(("mean", "concentration"), [(0.15, 2), (0.15, 50), (0.85, 10), (0.02, 20)])
def test_the_concentration_is_found_whatever_the_exposures(
    kind: str, mean: float, concentration: float
) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        trials = np.ceil(100 * EXPOSURES[kind](rng))
        shares = rng.beta(concentration * mean, concentration * (1 - mean), N)
        hits = rng.binomial(trials.astype(np.int64), shares).astype(np.float64)
        found = BetaBinomial.fitted(hits, trials, np.full(N, mean)).concentration
        assert found == pytest.approx(concentration, rel=0.2)


def test_products_with_many_sales_keep_their_own_return_rate() -> None:
    rng = np.random.default_rng(7)
    # Mean .15, standard deviation .05: 50 trials' worth.
    kept = 1 - rng.beta(7.5, 42.5, N)
    settled = np.ceil(rng.lognormal(3.5, 1.3, N))
    units = rng.binomial(settled.astype(np.int64), kept).astype(np.float64)
    found = within_groups(BetaBinomial, Tally.undecayed(units, settled), np.zeros(N, dtype=np.int64))
    large = settled > 150
    own = (units / settled)[large] - 0.85
    slope = float((found[large] - 0.85) @ own / (own @ own))
    assert slope == pytest.approx(0.83, abs=0.07)
    # Better than each by itself, and than none.
    error = np.square(found - kept).mean()
    assert error < 0.5 * np.square(units / settled - kept).mean()
    assert error < 0.6 * kept.var()


def test_shares_that_do_not_vary_have_an_infinite_concentration() -> None:
    assert BetaBinomial.fitted(np.full(N, 8.0), np.full(N, 10.0), np.full(N, 0.8)).concentration == inf


def test_where_all_or_nothing_was_counted_shares_are_short_of_that() -> None:
    groups = np.zeros(2, dtype=np.int64)
    everything, nothing = _doubles(60, 39), _doubles(0, 0)
    trials = _doubles(60, 39)
    assert within_groups(BetaBinomial, Tally.undecayed(everything, trials), groups) == pytest.approx(
        99.5 / 100
    )
    assert within_groups(BetaBinomial, Tally.undecayed(nothing, trials), groups) == pytest.approx(0.5 / 100)


@pytest.mark.parametrize("concentration", [1.0, 20.0])
def test_weighted_sums_vary_as_hits_do(concentration: float) -> None:
    rng = np.random.default_rng(5)
    trials = np.tile([1, 10, 1_000], (20_000, 1))
    hits = rng.binomial(trials, rng.beta(0.3 * concentration, 0.7 * concentration, trials.shape))
    weights = BetaBinomial(np.full(3, 0.3), concentration).weights(trials[0].astype(np.float64))
    assert weights[0] == 1.0 > weights[1] > weights[2]
    sums, weighted = hits @ weights, float(trials[0] @ weights)
    assert sums.mean() == pytest.approx(0.3 * weighted, rel=0.03)
    assert sums.var() == pytest.approx(0.3 * 0.7 * weighted, rel=0.05)


HITS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=20)


@given(HITS, st.floats(0.01, 0.99))
def test_a_share_lies_between_its_mean_and_its_own(counts: list[tuple[int, int]], mean: float) -> None:
    hits = _doubles(*(float(hit) for hit, _ in counts))
    trials = _doubles(*(float(hit + miss) for hit, miss in counts))
    found = BetaBinomial.fitted(hits, trials, np.full(len(hits), mean)).posterior(hits, trials)
    own = np.divide(hits, trials, out=np.full(len(hits), mean), where=trials > 0)
    assert ((found > 0) & (found < 1)).all()
    assert (found >= np.minimum(own, mean) - 1e-9).all()
    assert (found <= np.maximum(own, mean) + 1e-9).all()
