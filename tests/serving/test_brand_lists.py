from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Int32
from recsys.plan.overlap import coverage_of
from serving.brand_lists import TIERS, mixed, read_mix, split_by_tier, working_with
from serving.brand_market import BrandMarket
from serving.filters import CreatorFilter
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.matches import Match
from serving.objectives import Objective, ObjectiveError
from serving.valid import InvalidValueError
from tests.serving.campaigning import with_campaigns
from tests.serving.values import with_values


@pytest.fixture(scope="module")
def shop(matcher: Matcher) -> Matcher:
    return Matcher(with_campaigns(matcher.release, ("a1", "dan", "cream", "PENDING")))


def listed(release: LoadedRelease, matches: Sequence[Match]) -> Int32:
    return np.array([release.creator_index(match.creator_id) for match in matches], dtype=np.int32)


def test_a_mix_keeps_the_best_of_each_tier_in_their_order() -> None:
    nano, micro, mid = (TIERS.index(name) for name in ("nano", "micro", "mid"))
    tiers = np.array([mid, mid, mid, micro, nano, micro, nano], dtype=np.int32)
    assert mixed(tiers, 4, {"nano": 1, "micro": 1}).tolist() == [0, 1, 3, 4]
    assert mixed(tiers, 4, {}).tolist() == [0, 1, 2, 3]
    # More than there are are not there.
    assert mixed(tiers, 3, {"nano": 3}).tolist() == [0, 4, 6]


@given(st.lists(st.integers(0, len(TIERS) - 1), max_size=30), st.integers(1, 20), st.integers(0, 5))
def test_a_mix_has_k_of_whom_as_many_as_asked_for(codes: list[int], k: int, least: int) -> None:
    tiers, asked = np.array(codes, dtype=np.int32), min(least, k)
    found = mixed(tiers, k, {TIERS[2]: asked})
    assert len(found) == min(k, len(codes))
    assert (np.diff(found) > 0).all()
    assert (tiers[found] == 2).sum() >= min(asked, codes.count(2))


def test_a_mix_is_read_as_people_write_it() -> None:
    assert read_mix("nano:5, micro:3", 20) == read_mix("nano=5,micro=3", 20) == {"nano": 5, "micro": 3}


@pytest.mark.parametrize(
    ("text", "k", "skip", "told"),
    [
        ("nan:5", 20, 0, "nearest is 'nano'"),
        ("nano", 20, 0, "no number"),
        ("nano:-1", 20, 0, "no number"),
        ("nano:9,micro:3", 10, 0, "more than the 10"),
        ("nano:1", 10, 5, "does not go with tiers"),
    ],
)
def test_a_mix_that_cannot_be_meant_is_told(text: str, k: int, skip: int, told: str) -> None:
    with pytest.raises(InvalidValueError, match=told):
        read_mix(text, k, skip)


def test_a_list_holds_the_tiers_that_it_was_asked_for(valued_matcher: Matcher) -> None:
    release = valued_matcher.release
    everyone = valued_matcher.creators_for_product("soap", 10).matches
    split = split_by_tier(release, listed(release, everyone))
    assert sum(split.values()) == len(everyone)
    assert list(split) == [tier for tier in TIERS if tier in split]
    last = release.creators.tier.require(release.creator_index(everyone[-1].creator_id))
    mix = valued_matcher.creators_for_product("soap", 2, mix={last: 1}).matches
    assert last in split_by_tier(release, listed(release, mix))
    assert [match.rank for match in mix] == [1, 2]


def test_who_works_with_the_brand_may_be_all_or_nobody(matcher: Matcher) -> None:
    release = matcher.release
    with_it = working_with(release, release.product_index("cream"))
    assert with_it.any()
    assert not with_it.all()
    for wanted in (True, False):
        found = matcher.creators_for_brand(
            "glow", 50, CreatorFilter(works_with_brand=wanted, exclude_promoted=False)
        ).matches
        assert found
        assert all(with_it[release.creator_index(match.creator_id)] == wanted for match in found)


def test_new_shoppers_are_buyers_who_never_bought_from_the_brand(shop: Matcher) -> None:
    answer = shop.creators_for_brand("glow", 10, objective="new_shoppers")
    assert answer.objective is Objective.NEW_SHOPPERS
    release, values = shop.release, shop.release.values
    assert values is not None
    market = BrandMarket.of(release, "glow")
    shoppers = market.data.shoppers
    told = []
    for match in answer.matches:
        creator = np.array([release.creator_index(match.creator_id)], dtype=np.int32)
        product = np.array([release.product_index(match.product_id)], dtype=np.int32)
        units = values.outlook(creator, product, np.array([match.score], dtype=np.float32), asked=True).units
        alone = coverage_of(shoppers, creator, units / shoppers.units_each, np.ones(1), market.strangers)
        told.append(alone.worth(np.array([0], dtype=np.int32)))
    assert len(told) > 1
    assert told == sorted(told, reverse=True)
    assert [match.expected_new_shoppers for match in answer.matches] == pytest.approx(told)
    assert shop.creators_for_brand("glow", 1).matches[0].expected_new_shoppers is None


def test_without_shoppers_there_are_no_new_ones(matcher: Matcher) -> None:
    with pytest.raises(ObjectiveError, match="knows nothing of shoppers"):
        Matcher(with_values(matcher.release)).creators_for_product("soap", objective="new_shoppers")
