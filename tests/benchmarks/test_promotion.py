"""What a promotion truly brings is what happens on the average, follow-ups included."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.market import Market, MarketSettings
from benchmarks.promotion import HORIZON_DAYS, prospects
from training.simulation.settings import SimulationSettings
from training.simulation.truth import expected_units

SMALL = SimulationSettings(creators=300, products=60, days=60, seed=3, posts_per_week=5.0)
BEGIN, WEEK = 38, 7


def _market(settings: SimulationSettings = SMALL) -> Market:
    return Market(MarketSettings(settings, BEGIN, follow=0.0))


def test_without_a_second_content_it_is_the_formula_of_one() -> None:
    settings = replace(SMALL, live_share=0.0, repeat_share=0.0, taste_strength=0.0, posts_per_week=0.0)
    market = _market(settings)
    creator, product = np.arange(300)[:, None], np.arange(60)[None, :]
    one = expected_units(market.stage.truth, creator, product, np.asarray(BEGIN))

    found = prospects(market)

    # Of an average link: contents have 1, 2 or 3 with .8, .14 and .06, and links share the views.
    np.testing.assert_allclose(found.units, one / 1.26, rtol=1e-12)
    truth = market.stage.truth
    paid = truth.price * (1 - 0.3 * 0.125) * truth.commission_rate
    np.testing.assert_allclose(found.commission, found.units * paid)


def test_repeats_follow_a_first_content_the_more_the_fewer_links_there_were() -> None:
    market = _market(replace(SMALL, repeat_share=0.5))
    found = prospects(market)
    links = np.bincount(market.links_so_far()[0], minlength=300)
    pace = market.stage.creators.posts_per_day
    busy = (pace > np.median(pace[pace > 0])) & (market.stage.creators.first_day < BEGIN)
    few, many = busy & (links < 15), busy & (links > 40)
    assert found.follow_ups[few].mean() > 1.5 * found.follow_ups[many].mean()
    assert (found.extra <= found.follow_ups).all()
    assert (found.follow_ups[pace == 0] == 0).all()


@pytest.mark.parametrize(
    "settings",
    [SMALL, replace(SMALL, taste_share=0.5, own_taste=0.5, insight=1.0), replace(SMALL, saturation=0.05)],
    ids=["default", "own taste", "saturation"],
)
def test_what_creators_choose_themselves_brings_it_on_the_average(settings: SimulationSettings) -> None:
    happened = expected = variance = 0.0
    for seed in range(4):
        market = _market(replace(settings, seed=seed))
        truth, known = prospects(market).units, market.promoted.copy()
        activities = [market.advance(np.full((300, 1), -1)) for _ in range(WEEK + HORIZON_DAYS)]
        creator, product, day = market.links_so_far()
        started = np.full(known.shape, 10**6)
        np.minimum.at(started, (creator, product), day)
        begun = (started >= BEGIN) & (started < BEGIN + WEEK) & ~known
        net = np.zeros(known.shape)
        for one in activities:
            orders = one.orders
            cells = orders.creator, orders.product
            kept = np.where(orders.cancelled, 0, orders.quantity - orders.refunded)
            np.add.at(net, cells, kept * (orders.ordered < started[cells] + HORIZON_DAYS))
        happened += net[begun].sum()
        expected += truth[begun].sum()
        variance += ((net - truth)[begun] ** 2).sum()

    assert expected > 500
    assert abs(happened - expected) < 3.0 * np.sqrt(variance) + 0.03 * expected


def test_draws_have_the_mean_that_is_told() -> None:
    found = prospects(_market())
    creators, products = np.divmod(np.arange(300 * 60), 60)
    totals = np.array([found.draw(np.random.default_rng(seed), creators, products) for seed in range(20)])
    units, commission = totals.mean(axis=0).sum(axis=1)
    assert units == pytest.approx(found.units.sum(), rel=0.05)
    assert commission == pytest.approx(found.commission.sum(), rel=0.06)
