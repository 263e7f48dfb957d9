"""Lists are logged with the chances that they were drawn with, and some creators follow them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.lists import EXPLORED, K, draw_lists, taken_by_rank
from training.simulation.settings import SimulationSettings
from training.simulation.success import promoters_by_day
from training.simulation.world import World, draw_world

SETTINGS = SimulationSettings(creators=200, products=60, days=60, seed=9, listed_share=0.3)


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(SETTINGS)


def test_lists_are_shown_weekly_in_the_last_four_weeks(world: World) -> None:
    shown = world.impressions
    assert shown is not None
    assert set(shown.shown.tolist()) == {32.0, 39.0, 46.0, 53.0}
    assert shown.position.min() == 1
    assert shown.position.max() == K
    keys = np.stack([shown.shown, shown.creator, shown.product])
    assert np.unique(keys, axis=1).shape[1] == len(shown.creator)
    assert (shown.propensity > 0).all()
    assert (shown.propensity <= 1).all()


def test_a_list_holds_what_its_creator_may_link_and_has_not_linked(world: World) -> None:
    shown, products, creators = world.impressions, world.products, world.creators
    assert shown is not None
    assert (creators.joined_day[shown.creator] < shown.shown).all()
    assert (products.listed_day[shown.product] <= shown.shown).all()
    assert (products.min_followers[shown.product] <= creators.followers[shown.creator]).all()
    engaged = world.engagement
    first = np.full((SETTINGS.creators, SETTINGS.products), np.inf)
    np.minimum.at(first, (engaged.creator, engaged.product), np.floor(engaged.posted))
    assert (first[shown.creator, shown.product] >= shown.shown).all()


def test_links_follow_the_lists_as_often_as_they_should(world: World) -> None:
    shown, engaged = world.impressions, world.engagement
    assert shown is not None
    listed = set(zip(shown.shown.tolist(), shown.creator.tolist(), shown.product.tolist(), strict=True))

    def share(of: World) -> float:
        late = np.flatnonzero(of.engagement.posted >= 32.0)
        week = 32.0 + 7.0 * np.floor((of.engagement.posted[late] - 32.0) / 7.0)
        pairs = of.engagement.creator[late].tolist(), of.engagement.product[late].tolist()
        rows = {
            (content, (w, c, p) in listed)
            for content, w, c, p in zip(
                of.engagement.content[late].tolist(), week.tolist(), *pairs, strict=True
            )
        }
        return sum(hit for _, hit in rows) / len(rows)

    assert len(engaged.creator) > 1_000
    # Creators also link by themselves what happens to be listed.
    by_chance = share(draw_world(replace(SETTINGS, listed_share=0.0)))
    assert 0.15 < share(world) - by_chance < 0.4


def test_before_the_lists_nothing_differs(world: World) -> None:
    alone = draw_world(replace(SETTINGS, listed_share=0.0))
    assert alone.impressions is None

    def early(of: World) -> set[tuple[int, int]]:
        rows = of.engagement.posted < 32.0
        contents, products = of.engagement.content[rows], of.engagement.product[rows]
        return set(zip(contents.tolist(), products.tolist(), strict=True))

    # Views are drawn for all links at once, so that a content may be seen by nobody in one of the two.
    assert len(early(world) ^ early(alone)) < 0.05 * len(early(alone))


def test_the_chance_of_a_place_is_how_often_it_comes_up() -> None:
    n, products = 40_000, 30
    utility = np.linspace(0.0, 2.0, products)
    lists, chance = draw_lists(np.random.default_rng(1), utility, np.ones((n, products), dtype=np.bool_))
    assert all(len(set(row)) == K for row in lists[:50].tolist())
    # Over all that can stand there, the mean of the indicator over the chance is one for each product.
    for place in (0, EXPLORED[0], 7):
        weighted = np.bincount(lists[:, place], 1.0 / chance[:, place], minlength=products)
        # Given what was drawn before, a product is there to be drawn in a share of the lists.
        assert (weighted / n < 1.1).all()
        assert weighted.sum() / n == pytest.approx(products - _drawn_before(place), rel=0.02)


def _drawn_before(place: int) -> int:
    """Explored places are drawn first, the others in order."""
    if place in EXPLORED:
        return EXPLORED.index(place)
    return len(EXPLORED) + sum(other not in EXPLORED for other in range(place))


def test_where_few_are_allowed_the_rest_of_a_list_is_empty() -> None:
    allowed = np.zeros((3, 40), dtype=np.bool_)
    allowed[1, 5], allowed[2, :10] = True, True
    lists, chance = draw_lists(np.random.default_rng(0), np.zeros(40), allowed)
    assert (lists >= 0).sum(axis=1).tolist() == [0, 1, 10]
    assert lists[1].max() == 5
    assert chance[1, EXPLORED[0]] == 1.0
    few, _ = draw_lists(np.random.default_rng(0), np.zeros(2), np.ones((1, 2), dtype=np.bool_))
    assert sorted(few[few >= 0].tolist()) == [0, 1]


def test_an_entry_is_taken_by_one_over_its_rank() -> None:
    entries = np.tile(np.array([7, 8, 9, -1]), (60_000, 1))
    allowed = entries >= 0
    allowed[:, 1] = False
    taken = taken_by_rank(entries, allowed, np.random.default_rng(2).random(60_000), 1.0)
    assert set(taken.tolist()) == {7, 9}
    assert (taken == 7).mean() == pytest.approx(0.75, abs=0.01)
    assert taken_by_rank(entries[:1], np.zeros((1, 4), dtype=np.bool_), np.zeros(1), 1.0).tolist() == [-1]


def test_promoters_are_those_who_linked_in_the_four_weeks_before() -> None:
    creator, product, day = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), np.array([2, 5, 10, 4])
    by_day = promoters_by_day(creator, product, day, products=2, days=40)
    assert by_day[0, [2, 3, 10, 11, 33, 34, 38, 39]].tolist() == [0, 1, 1, 2, 2, 1, 1, 0]
    assert by_day[1, [4, 5, 32, 33]].tolist() == [0, 1, 1, 0]
