"""Which pairs come first, and that a list of k is the head of every longer one."""

from collections.abc import Sequence
from typing import cast
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.candidates import CREATOR_BOUNDS, PRODUCT_BOUNDS, Source
from serving.filters import CreatorFilter, ProductFilter
from serving.matcher import Matcher
from serving.matches import Match
from serving.objectives import PRODUCT_OBJECTIVES, Objective
from tests.serving.marketplaces import Marketplace
from tests.serving.values import earnings_of, with_values

EVERY_PRODUCT = ProductFilter(in_stock=False, exclude_promoted=False)
EVERY_CREATOR = CreatorFilter(exclude_promoted=False)


@pytest.mark.parametrize("k", [1, 4, 15, 1_000])
def test_products_are_ranked_by_earnings(large_matcher: Matcher, large_market: Marketplace, k: int) -> None:
    matcher = Matcher(with_values(large_matcher.release))

    for creator_id in large_market.creator_ids:
        allowed = matcher.products_for(creator_id, 1_000, EVERY_PRODUCT, "affinity").matches
        found = matcher.products_for(creator_id, k, EVERY_PRODUCT, "earnings").matches
        best = sorted(map(earnings_of, allowed), reverse=True)[:k]
        assert [earnings_of(match) for match in found] == pytest.approx(best)


@pytest.mark.parametrize("k", [1, 4, 15, 1_000])
def test_creators_are_ranked_by_what_is_paid_for_what_they_sell(
    large_matcher: Matcher, large_market: Marketplace, k: int
) -> None:
    matcher = Matcher(with_values(large_matcher.release))

    def sold(match: Match) -> float:
        return match.expected_gmv or 0.0

    for product_id in large_market.product_ids:
        allowed = matcher.creators_for_product(product_id, 1_000, EVERY_CREATOR, "affinity").matches
        found = matcher.creators_for_product(product_id, k, EVERY_CREATOR, "gmv").matches
        best = sorted(map(sold, allowed), reverse=True)[:k]
        assert [sold(match) for match in found] == pytest.approx(best)


def ids(matches: Sequence[Match]) -> list[tuple[str, str]]:
    return [(match.creator_id, match.product_id) for match in matches]


def assert_heads(everything: Sequence[Match], lists: Sequence[tuple[int, Sequence[Match]]]) -> None:
    for length, found in lists:
        assert ids(found) == ids(everything)[:length]


requests = {
    # How many candidates a source brings: fewer than k, about as many, all.
    "bounds": st.sampled_from([1, 3, 500]),
    "k": st.integers(1, 45),
    "more": st.integers(0, 10),
    "exclude_promoted": st.booleans(),
    "explore": st.sampled_from([0.0, 0.1, 0.5]),
}


@settings(max_examples=50)
@given(
    creator=st.integers(0, 24),
    objective=st.sampled_from(PRODUCT_OBJECTIVES),
    diversity=st.sampled_from([0.0, 0.3, 1.0]),
    **requests,
)
def test_a_list_of_k_products_is_the_head_of_every_longer_one(
    large_matcher: Matcher,
    large_market: Marketplace,
    bounds: int,
    creator: int,
    objective: Objective,
    diversity: float,
    k: int,
    more: int,
    exclude_promoted: bool,
    explore: float,
) -> None:
    matcher = Matcher(with_values(large_matcher.release), explore)
    filters = ProductFilter(exclude_promoted=exclude_promoted)

    def matches(length: int) -> Sequence[Match]:
        creator_id = large_market.creator_ids[creator]
        return matcher.products_for(creator_id, length, filters, objective, diversity).matches

    with patch.dict(cast(dict[Source, int], PRODUCT_BOUNDS), dict.fromkeys(PRODUCT_BOUNDS, bounds)):
        everything, longer, shorter = matches(1_000), matches(k + more), matches(k)
    assert_heads(everything, [(k, shorter), (k + more, longer)])
    assert len({match.product_id for match in everything}) == len(everything)


@settings(max_examples=50)
@given(
    place=st.integers(0, 39),
    of_brand=st.booleans(),
    objective=st.sampled_from([Objective.GMV, Objective.SALES, Objective.AFFINITY]),
    **requests,
)
def test_a_list_of_k_creators_is_the_head_of_every_longer_one(
    large_matcher: Matcher,
    large_market: Marketplace,
    bounds: int,
    place: int,
    of_brand: bool,
    objective: Objective,
    k: int,
    more: int,
    exclude_promoted: bool,
    explore: float,
) -> None:
    matcher = Matcher(with_values(large_matcher.release), explore)
    filters = CreatorFilter(exclude_promoted=exclude_promoted)

    def matches(length: int) -> Sequence[Match]:
        if of_brand:
            return matcher.creators_for_brand(f"b{place % 4}", length, filters, objective).matches
        return matcher.creators_for_product(f"p{place:03d}", length, filters, objective).matches

    with patch.dict(cast(dict[Source, int], CREATOR_BOUNDS), dict.fromkeys(CREATOR_BOUNDS, bounds)):
        everything, longer, shorter = matches(1_000), matches(k + more), matches(k)
    assert_heads(everything, [(k, shorter), (k + more, longer)])
    assert len({match.creator_id for match in everything}) == len(everything)
