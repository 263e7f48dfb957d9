import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.estimators.beta_binomial import BetaBinomial
from features.estimators.gamma_poisson import GammaPoisson
from features.estimators.groups import Prior, summed, typical, within_groups
from features.estimators.tally import Tally

PRIORS = [GammaPoisson, BetaBinomial]


@pytest.mark.parametrize("prior", PRIORS)
def test_an_entry_without_exposure_has_the_rate_of_its_group(prior: type[Prior]) -> None:
    # Two groups of very different rates; the last of each was never tried.
    observed = np.array([500, 700, 0, 90, 110, 0], dtype=np.float64)
    exposure = np.array([1_000, 1_000, 0, 1_000, 1_000, 0], dtype=np.float64)
    rate = within_groups(prior, Tally.undecayed(observed, exposure), np.array([0, 0, 0, 1, 1, 1]))
    assert rate[2] == pytest.approx(0.6, rel=0.1)
    assert rate[5] == pytest.approx(0.1, rel=0.1)
    assert rate[0] < rate[2] < rate[1]
    assert rate[3] <= rate[5] <= rate[4]


def test_groups_that_differ_no_more_than_chance_are_one() -> None:
    observed, exposure = np.array([10.0, 11.0, 9.0, 10.0]), np.full(4, 100.0)
    rate = within_groups(GammaPoisson, Tally.undecayed(observed, exposure), np.array([0, 0, 1, 1]))
    assert rate == pytest.approx([0.1] * 4)


def test_rates_within_groups_are_found() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 50)
    of_group = 0.02 * rng.gamma(5.0, 0.2, 40)
    truth = of_group[groups] * rng.gamma(10.0, 0.1, len(groups))
    views = np.ceil(rng.lognormal(5.0, 2.0, len(groups)))
    units = rng.poisson(truth * views).astype(np.float64)
    found = within_groups(GammaPoisson, Tally.undecayed(units, views), groups)
    # Groups alone, or the whole alone, would leave so much.
    error = np.square(found / truth - 1).mean()
    assert error < 0.8 * np.square(of_group[groups] / truth - 1).mean()
    assert error < 0.5 * np.square(0.02 / truth - 1).mean()


@pytest.mark.parametrize("prior", PRIORS)
def test_a_whale_does_not_decide_what_is_typical(prior: type[Prior]) -> None:
    rng = np.random.default_rng(1)
    views = np.append(np.full(400, 1_000.0), 1e7)
    rates = np.append(rng.beta(4.0, 96.0, 400), 0.4)
    units = rng.binomial(views.astype(np.int64), rates).astype(np.float64)
    tally = Tally.undecayed(units, views)
    assert units.sum() / views.sum() > 0.35
    assert typical(prior, tally) == pytest.approx(0.04, rel=0.1)


def test_the_rate_of_a_group_is_not_that_of_its_whale() -> None:
    rng = np.random.default_rng(2)
    n_groups, size = 200, 20
    groups = np.repeat(np.arange(n_groups), size)
    views = rng.lognormal(7.0, 2.0, len(groups))
    truth = 0.02 * rng.gamma(8.0, 1 / 8.0, n_groups)
    of_entry = rng.gamma(2.0, 0.5, len(groups))
    units = rng.poisson(truth[groups] * of_entry * views).astype(np.float64)
    tally = Tally.undecayed(units, views)
    plain, fair = tally.by(groups, n_groups), summed(GammaPoisson, tally, groups, n_groups)
    error = np.square(fair.observed / fair.exposure / truth - 1).mean()
    assert error < 0.4 * np.square(plain.observed / plain.exposure / truth - 1).mean()


def test_entries_that_differ_by_chance_alone_are_summed_as_they_are() -> None:
    tally = Tally.undecayed(np.array([10.0, 100.0, 20.0, 200.0]), np.array([100.0, 1_000.0, 100.0, 1_000.0]))
    groups = np.array([0, 0, 1, 1])
    found = summed(GammaPoisson, tally, groups, 2)
    assert found.observed / found.exposure == pytest.approx([0.1, 0.2])


@pytest.mark.parametrize("prior", PRIORS)
def test_nothing_at_all_has_a_rate(prior: type[Prior]) -> None:
    none = np.zeros(3)
    rate = within_groups(prior, Tally.undecayed(none, none), np.array([0, 0, 1]))
    assert rate.tolist() == [0.5] * 3
    empty = np.zeros(0)
    assert within_groups(prior, Tally.undecayed(empty, empty), np.zeros(0, dtype=np.int64)).tolist() == []


def test_without_any_event_half_a_one_stands_in() -> None:
    rate = within_groups(GammaPoisson, Tally.undecayed(np.zeros(2), np.array([60.0, 40.0])), np.array([0, 1]))
    assert rate.tolist() == [0.005, 0.005]


ENTRIES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 300), st.integers(0, 2)), min_size=1, max_size=15
)


@given(ENTRIES, st.sampled_from(PRIORS))
def test_rates_are_finite_and_have_logarithms(
    entries: list[tuple[int, int, int]], prior: type[Prior]
) -> None:
    counts, exposures, groups = (np.array(column) for column in zip(*entries, strict=True))
    tally = Tally.undecayed(counts.astype(np.float64), exposures.astype(np.float64))
    assert np.isfinite(np.log(within_groups(prior, tally, groups))).all()
    fair = summed(prior, tally, groups, 3)
    assert (fair.exposure <= tally.by(groups, 3).exposure + 1e-9).all()
