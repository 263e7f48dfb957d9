"""A market that goes on is the simulation itself, but for what lists change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.market import Activity, Market, MarketSettings
from training.simulation.arrays import Integers
from training.simulation.content import draw_contents, draw_link_plan, own_links
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.world import draw_stage, draw_world

SMALL = SimulationSettings(creators=50, products=40, days=23, seed=3, posts_per_week=7.0)
WARM_UP = 20
SEEDS = (3, 4, 5)


def _market(seed: int = 3, follow: float = 1.0, position_bias: float = 1.0) -> Market:
    return Market(MarketSettings(replace(SMALL, seed=seed), WARM_UP, follow, position_bias))


def _random_lists(seed: int, k: int = 20) -> Integers:
    """Anything at all, also what cannot be linked, and gaps."""
    return np.random.default_rng(seed).integers(-1, SMALL.products, (SMALL.creators, k))


def _pass_days(market: Market, lists: Integers) -> list[Activity]:
    return [market.history, *(market.advance(lists) for _ in range(SMALL.days - WARM_UP))]


def _pairs(activities: list[Activity]) -> set[tuple[int, int]]:
    return {
        pair
        for one in activities
        for pair in zip(one.links.content.tolist(), one.links.product.tolist(), strict=True)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_without_followers_the_links_are_those_of_the_simulation(seed: int) -> None:
    settings = replace(SMALL, seed=seed)
    stage = draw_stage(settings)
    stream = generator(seed, Concern.CONTENT)
    contents = draw_contents(stream, settings, stage.creators)
    plan = draw_link_plan(stream, settings, contents, stage.creators, stage.products, stage.truth)
    links = own_links(contents, plan, stage.products)

    found = _pairs(_pass_days(_market(seed, follow=0.0), _random_lists(seed)))

    assert found == set(zip(links.content.tolist(), links.product.tolist(), strict=True))


def test_without_followers_orders_are_as_many_as_in_the_simulation() -> None:
    continued = plain = 0
    for seed in range(20):
        activities = _pass_days(_market(seed, follow=0.0), _random_lists(seed))
        continued += sum(int((one.orders.ordered < SMALL.days).sum()) for one in activities)
        plain += len(draw_world(replace(SMALL, seed=seed)).orders.creator)

    # Given links and luck, orders are thinned Poisson counts.
    assert abs(continued - plain) < 4.0 * np.sqrt(continued + plain)
    assert plain > 1_000


def test_equal_seeds_and_lists_give_equal_markets() -> None:
    first, second, other = (_pass_days(_market(seed), _random_lists(1))[-1].orders for seed in (3, 3, 4))

    assert first.amount.tolist() == second.amount.tolist()
    assert first.buyer.tolist() == second.buyer.tolist()
    assert first.amount.tolist() != other.amount.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_creator_may_not_link_is_never_linked(seed: int) -> None:
    market = _market(seed)
    products, followers = market.stage.products, market.stage.creators.followers
    for activity in _pass_days(market, _random_lists(seed)):
        day = np.floor(market.contents.posted[activity.links.content]).astype(np.int64)
        product = activity.links.product
        creator = market.contents.creator[activity.links.content]

        assert (products.listed_day[product] <= day).all()
        assert (products.closed_day[product] > day).all()
        assert (followers[creator] >= products.min_followers[product]).all()


def test_a_follower_with_eyes_for_the_first_entry_alone_links_the_first_that_it_may() -> None:
    market = _market(follow=1.0, position_bias=200.0)
    lists = _random_lists(5)
    rows = np.arange(SMALL.creators)[:, None]
    allowed = (lists >= 0) & market.linkable()[rows, np.maximum(lists, 0)]
    first = lists[rows[:, 0], allowed.argmax(axis=1)]

    links = market.advance(lists).links

    assert len(links.product) > 20
    assert links.product.tolist() == first[market.contents.creator[links.content]].tolist()


def test_empty_lists_change_nothing() -> None:
    nothing = np.full((SMALL.creators, 5), -1)

    assert _pairs(_pass_days(_market(follow=1.0), nothing)) == _pairs(
        _pass_days(_market(follow=0.0), _random_lists(1))
    )


def test_promoted_are_the_pairs_that_were_linked() -> None:
    market = _market(follow=0.5)
    activities = _pass_days(market, _random_lists(2))
    expected = {(int(market.contents.creator[content]), product) for content, product in _pairs(activities)}

    assert set(zip(*(axis.tolist() for axis in market.promoted.nonzero()), strict=True)) == expected


def test_a_fork_goes_its_own_way_and_leaves_the_market_alone() -> None:
    market, untouched = _market(follow=0.0), _market(follow=0.0)
    lists = _random_lists(5)
    followed = market.fork(1.0).advance(lists).links
    alone = market.fork(0.0).advance(lists).links

    assert followed.product.tolist() == _market(follow=1.0).advance(lists).links.product.tolist()
    assert alone.product.tolist() != followed.product.tolist()
    assert market.promoted.tolist() == untouched.promoted.tolist()
    assert market.advance(lists).links.product.tolist() == alone.product.tolist()


def test_views_of_the_last_posts_are_drawn_to_their_end() -> None:
    last = _pass_days(_market(), _random_lists(1))[-1]

    assert last.engagement.day.max() > SMALL.days


@pytest.mark.parametrize(
    ("named", "warm_up_days", "follow", "position_bias"),
    [
        ("warm_up_days", 0, 0.5, 1.0),
        ("warm_up_days", SMALL.days + 1, 0.5, 1.0),
        ("follow", WARM_UP, 1.1, 1.0),
        ("position_bias", WARM_UP, 0.5, -1.0),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    named: str, warm_up_days: int, follow: float, position_bias: float
) -> None:
    with pytest.raises(ValueError, match=named):
        MarketSettings(SMALL, warm_up_days, follow, position_bias)
