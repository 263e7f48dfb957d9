"""Which pairs come first where some have support, and that a list of k is the head of every longer one."""

from collections.abc import Callable, Sequence
from typing import cast
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.candidates import CREATOR_BOUNDS, PRODUCT_BOUNDS, Source
from serving.filters import CreatorFilter, ProductFilter
from serving.matcher import Matcher
from serving.matches import Match
from serving.objectives import CREATOR_OBJECTIVES, PRODUCT_OBJECTIVES, Objective
from tests.serving.marketplaces import Marketplace
from tests.serving.values import earnings_of, with_values

EVERY_PRODUCT = ProductFilter(exclude_promoted=False)
EVERY_CREATOR = CreatorFilter(exclude_promoted=False)


def test_a_product_that_nobody_like_her_tried_is_no_match_however_much_it_would_pay(
    matcher: Matcher, valued_matcher: Matcher
) -> None:
    lamp, soap, tent = matcher.products_for("ada", 10).matches
    assert (lamp.product_id, soap.product_id, tent.product_id) == ("lamp", "soap", "tent")
    # The tent pays most a sale, and would be first by earnings.
    assert valued_matcher.products_for("ada", 10).matches[0].product_id == "tent"
    supporting = Matcher(with_values(matcher.release, support=(soap.score + tent.score) / 2))
    by_k = {k: [m.product_id for m in supporting.products_for("ada", k).matches] for k in (1, 2, 3)}
    assert by_k[1] == ["lamp"]
    assert by_k[2] == ["lamp", "soap"]
    # It fills up where three are asked for, whatever it is said to bring.
    assert by_k[3] == ["lamp", "soap", "tent"]
    affinity = supporting.products_for("ada", 10, objective="affinity").matches
    assert [match.product_id for match in affinity] == ["lamp", "soap", "tent"]


def expected_of(
    matches: Sequence[Match], support: float, k: int, worth: Callable[[Match], float]
) -> list[float]:
    """The k most worth of those with support, and where these are fewer then others by score."""
    supported = [match for match in matches if match.score >= support]
    others = sorted((match for match in matches if match.score < support), key=lambda match: -match.score)
    return [*sorted(map(worth, supported), reverse=True), *map(worth, others)][:k]


@pytest.mark.parametrize("support", [-10.0, -0.2, 0.6, 10.0])
@pytest.mark.parametrize("k", [1, 4, 15, 1_000])
def test_products_with_support_are_ranked_and_the_others_fill_up_to_k(
    large_matcher: Matcher, large_market: Marketplace, support: float, k: int
) -> None:
    matcher = Matcher(with_values(large_matcher.release, support))

    for creator_id in large_market.creator_ids:
        allowed = matcher.products_for(creator_id, 1_000, EVERY_PRODUCT, "affinity").matches
        found = matcher.products_for(creator_id, k, EVERY_PRODUCT, "earnings").matches
        assert [earnings_of(match) for match in found] == pytest.approx(
            expected_of(allowed, support, k, earnings_of)
        )


@pytest.mark.parametrize("support", [-10.0, -0.2, 0.6, 10.0])
@pytest.mark.parametrize("k", [1, 4, 15, 1_000])
def test_creators_with_support_are_ranked_and_the_others_fill_up_to_k(
    large_matcher: Matcher, large_market: Marketplace, support: float, k: int
) -> None:
    matcher = Matcher(with_values(large_matcher.release, support))

    def sold(match: Match) -> float:
        return match.expected_gmv or 0.0

    for product_id in large_market.product_ids:
        allowed = matcher.creators_for_product(product_id, 1_000, EVERY_CREATOR, "affinity").matches
        found = matcher.creators_for_product(product_id, k, EVERY_CREATOR, "gmv").matches
        assert [sold(match) for match in found] == pytest.approx(expected_of(allowed, support, k, sold))


def ids(matches: Sequence[Match]) -> list[tuple[str, str]]:
    return [(match.creator_id, match.product_id) for match in matches]


def assert_heads(everything: Sequence[Match], lists: Sequence[tuple[int, Sequence[Match]]]) -> None:
    for length, found in lists:
        assert ids(found) == ids(everything)[:length]


def assert_supported_first(matches: Sequence[Match], support: float) -> None:
    supported = [match.score >= support for match in matches]
    assert supported == sorted(supported, reverse=True)


requests = {
    # How many candidates a source brings: fewer than k, about as many, all.
    "bounds": st.sampled_from([1, 3, 500]),
    "k": st.integers(1, 45),
    "more": st.integers(0, 10),
    "support": st.sampled_from([-np.inf, -0.2, 0.6, 1.5, np.inf]),
    "exclude_promoted": st.booleans(),
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
    support: float,
    exclude_promoted: bool,
) -> None:
    matcher = Matcher(with_values(large_matcher.release, support))
    filters = ProductFilter(exclude_promoted=exclude_promoted)

    def matches(length: int) -> Sequence[Match]:
        creator_id = large_market.creator_ids[creator]
        return matcher.products_for(creator_id, length, filters, objective, diversity).matches

    with patch.dict(cast(dict[Source, int], PRODUCT_BOUNDS), dict.fromkeys(PRODUCT_BOUNDS, bounds)):
        everything, longer, shorter = matches(1_000), matches(k + more), matches(k)
    assert_heads(everything, [(k, shorter), (k + more, longer)])
    assert len({match.product_id for match in everything}) == len(everything)
    if objective is not Objective.AFFINITY:
        assert_supported_first(everything, support)


@settings(max_examples=50)
@given(
    place=st.integers(0, 39),
    of_brand=st.booleans(),
    objective=st.sampled_from(CREATOR_OBJECTIVES),
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
    support: float,
    exclude_promoted: bool,
) -> None:
    matcher = Matcher(with_values(large_matcher.release, support))
    filters = CreatorFilter(exclude_promoted=exclude_promoted)

    def matches(length: int) -> Sequence[Match]:
        if of_brand:
            return matcher.creators_for_brand(f"b{place % 4}", length, filters, objective).matches
        return matcher.creators_for_product(f"p{place:03d}", length, filters, objective).matches

    with patch.dict(cast(dict[Source, int], CREATOR_BOUNDS), dict.fromkeys(CREATOR_BOUNDS, bounds)):
        everything, longer, shorter = matches(1_000), matches(k + more), matches(k)
    assert_heads(everything, [(k, shorter), (k + more, longer)])
    assert len({match.creator_id for match in everything}) == len(everything)
    if objective is not Objective.AFFINITY:
        assert_supported_first(everything, support)


@pytest.mark.parametrize("support", [-0.2, 0.6, 10.0])
@pytest.mark.parametrize("k", [1, 4, 1_000])
def test_a_brand_gets_k_creators_of_whom_the_unsupported_only_fill_up(
    large_matcher: Matcher, support: float, k: int
) -> None:
    matcher = Matcher(with_values(large_matcher.release, support))
    for brand in ("b0", "b1", "b2", "b3"):
        # By affinity each creator comes with the product of its highest score.
        best = {
            match.creator_id: match.score
            for match in matcher.creators_for_brand(brand, 1_000, EVERY_CREATOR, "affinity").matches
        }
        found = matcher.creators_for_brand(brand, k, EVERY_CREATOR, "gmv").matches
        assert len({match.creator_id for match in found}) == len(found) == min(k, len(best))
        supported = {creator for creator, score in best.items() if score >= support}
        if len(supported) >= k:
            assert {match.creator_id for match in found} <= supported
            assert all(match.score >= support for match in found)
        else:
            assert {match.creator_id for match in found} >= supported
        # Who has no supported product comes with the one that suits best.
        assert all(
            match.score == pytest.approx(best[match.creator_id], abs=1e-4)
            for match in found
            if match.score < support
        )
