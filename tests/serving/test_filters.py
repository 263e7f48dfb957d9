from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.release.store import ReleaseStore
from serving.filters import CreatorFilter, FilterError, ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from serving.matches import Answer, Match
from serving.objectives import PRODUCT_OBJECTIVES, Objective
from tests.serving.marketplaces import Marketplace, publish
from tests.serving.values import PRICE, earnings_of


def product_ids(matcher: Matcher, filters: ProductFilter, creator_id: str = "fay", k: int = 10) -> list[str]:
    return sorted(match.product_id for match in matcher.products_for(creator_id, k, filters).matches)


def creator_ids(matcher: Matcher, filters: CreatorFilter, product_id: str = "cream") -> list[str]:
    return sorted(match.creator_id for match in matcher.creators_for_product(product_id, 10, filters).matches)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (ProductFilter(), ["cream", "lamp", "serum", "soap"]),
        (ProductFilter(in_stock=False), ["cream", "lamp", "serum", "soap", "tent"]),
        (ProductFilter(category="Beauty"), ["cream", "serum", "soap"]),
        (ProductFilter(category="Beauty/Skin care"), ["cream", "serum"]),
        (ProductFilter(category="Beauty/"), []),
        (ProductFilter(brand_id="lux"), ["lamp"]),
        (ProductFilter(min_price=20, max_price=50), ["cream", "lamp", "serum"]),
        (ProductFilter(min_commission=0.15), ["serum", "soap"]),
        (ProductFilter(with_samples=True, in_stock=False), ["tent"]),
    ],
)
def test_products(matcher: Matcher, filters: ProductFilter, expected: list[str]) -> None:
    assert product_ids(matcher, filters) == expected


def test_products_that_ask_for_more_followers_are_left_out(matcher: Matcher) -> None:
    assert "soap" not in product_ids(matcher, ProductFilter(), "bob")


def test_products_promoted_already_are_left_out_unless_asked_for(matcher: Matcher) -> None:
    # cyd has affinity with cream, though no sale.
    assert product_ids(matcher, ProductFilter(), "cyd") == ["serum", "soap"]
    assert "cream" in product_ids(matcher, ProductFilter(exclude_promoted=False), "cyd")


def test_the_least_commission_is_of_the_rate_that_this_creator_gets(
    tmp_path: Path, market: Marketplace
) -> None:
    publish(
        tmp_path,
        replace(market, agreed={("fay", "lamp"): 0.15, ("fay", "serum"): 0.149, ("dan", "cream"): 0.3}),
    )
    agreed = Matcher(load_champion(ReleaseStore(tmp_path)))
    assert product_ids(agreed, ProductFilter(min_commission=0.15), "fay") == ["lamp", "soap"]
    assert product_ids(agreed, ProductFilter(min_commission=0.15), "dan") == ["cream", "serum", "soap"]


def test_filters_come_before_the_top_k(matcher: Matcher) -> None:
    # tent is ada's last product of all; a filter on the top 1 alone would find nothing.
    wanted = ProductFilter(category="Outdoor", in_stock=False)
    assert product_ids(matcher, wanted, "ada", k=1) == ["tent"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (CreatorFilter(exclude_promoted=False), ["ada", "bob", "cyd", "dan", "fay"]),
        (CreatorFilter(), ["bob", "dan", "fay"]),
        (CreatorFilter(min_followers=30_000), ["dan", "fay"]),
        (CreatorFilter(max_followers=30_000), ["bob", "dan"]),
        (CreatorFilter(region="US"), ["bob", "dan"]),
        (CreatorFilter(language="de"), ["fay"]),
        (CreatorFilter(category="Home"), ["bob"]),
        (CreatorFilter(min_recent_gmv=0.0), ["bob", "dan", "fay"]),
        (CreatorFilter(min_recent_gmv=99.9), ["bob", "dan"]),
        (CreatorFilter(min_recent_gmv=99.91), ["dan"]),
        (CreatorFilter(category="Beauty", exclude_promoted=False), ["ada", "bob", "cyd"]),
    ],
)
def test_creators(matcher: Matcher, filters: CreatorFilter, expected: list[str]) -> None:
    assert creator_ids(matcher, filters) == expected


def test_a_release_that_does_not_know_what_creators_sold_says_so(matcher: Matcher) -> None:
    earlier = replace(matcher.release.creators, recent_gmv=None)
    of_earlier = Matcher(replace(matcher.release, creators=earlier))
    with pytest.raises(FilterError, match=r"train anew, or leave min_recent_gmv out"):
        creator_ids(of_earlier, CreatorFilter(min_recent_gmv=1.0))
    assert creator_ids(of_earlier, CreatorFilter()) == ["bob", "dan", "fay"]


def test_a_range_without_members_is_refused() -> None:
    with pytest.raises(FilterError, match="min_price"):
        ProductFilter(min_price=2, max_price=1)
    with pytest.raises(FilterError, match="max_followers"):
        CreatorFilter(min_followers=2, max_followers=1)


PRODUCT_FILTERS = st.builds(
    ProductFilter,
    category=st.sampled_from([None, "Beauty", "Beauty/Skin care", "Home", "None such"]),
    brand_id=st.sampled_from([None, "b0", "b1"]),
    min_price=st.sampled_from([None, 0.0, 5.0]),
    max_price=st.sampled_from([None, 20.0, 40.0]),
    min_commission=st.sampled_from([None, 0.1, 0.3]),
    in_stock=st.booleans(),
    with_samples=st.booleans(),
    exclude_promoted=st.booleans(),
)
CREATOR_FILTERS = st.builds(
    CreatorFilter,
    min_followers=st.sampled_from([None, 0, 1_000]),
    max_followers=st.sampled_from([None, 1_000, 100_000]),
    region=st.sampled_from([None, "US", "None such"]),
    language=st.sampled_from([None, "en"]),
    category=st.sampled_from([None, "Beauty", "Home"]),
    exclude_promoted=st.booleans(),
)


def worth(match: Match, objective: Objective) -> float:
    by_objective = {
        Objective.NET_EARNINGS: earnings_of(match) - PRICE,
        Objective.EARNINGS: earnings_of(match),
        Objective.GMV: match.expected_gmv,
        Objective.SALES: match.expected_units,
        Objective.AFFINITY: match.score,
    }
    value = by_objective[objective]
    assert value is not None
    return value


def assert_ranked(answer: Answer, allowed: set[str], ids: list[str], k: int) -> None:
    """As many as there can be, none twice, none that is barred, best first."""
    matches = answer.matches
    assert len(matches) == min(k, len(allowed))
    assert len(set(ids)) == len(ids)
    assert set(ids) <= allowed
    assert [match.rank for match in matches] == list(range(1, len(matches) + 1))
    values = [worth(match, answer.objective) for match in matches]
    assert values == sorted(values, reverse=True)


@settings(max_examples=60, deadline=None)
@given(
    filters=PRODUCT_FILTERS,
    creator=st.integers(0, 24),
    k=st.integers(1, 50),
    objective=st.sampled_from(PRODUCT_OBJECTIVES),
)
def test_any_product_list_is_ranked_and_obeys_its_filter(
    large_valued_matcher: Matcher,
    large_market: Marketplace,
    filters: ProductFilter,
    creator: int,
    k: int,
    objective: Objective,
) -> None:
    asking = large_market.creators[creator]
    promoted = large_market.affinity.keys() | large_market.sold.keys()
    allowed = {
        product.product_id
        for product in large_market.products
        if product.is_active
        and (product.min_followers or 0) <= asking.follower_count
        and (filters.category is None or f"{product.category}/".startswith(f"{filters.category}/"))
        and filters.brand_id in (None, product.brand_id)
        and (filters.min_price or 0) <= product.price <= (filters.max_price or 1e9)
        and (filters.min_commission or 0) <= product.commission_rate
        and (product.stock != 0 or not filters.in_stock)
        and (product.sample_quota or not filters.with_samples)
        and ((asking.creator_id, product.product_id) not in promoted or not filters.exclude_promoted)
    }
    answer = large_valued_matcher.products_for(asking.creator_id, k, filters, objective)
    assert_ranked(answer, allowed, [match.product_id for match in answer.matches], k)


@settings(max_examples=60, deadline=None)
@given(
    filters=CREATOR_FILTERS,
    product=st.integers(0, 39),
    k=st.integers(1, 30),
    objective=st.sampled_from([Objective.GMV, Objective.SALES, Objective.AFFINITY]),
)
def test_any_creator_list_is_ranked_and_obeys_its_filter(
    large_valued_matcher: Matcher,
    large_market: Marketplace,
    filters: CreatorFilter,
    product: int,
    k: int,
    objective: Objective,
) -> None:
    asked = large_market.products[product]
    promoted = large_market.affinity.keys() | large_market.sold.keys()
    inside = {
        item.product_id
        for item in large_market.products
        if filters.category is None or f"{item.category}/".startswith(f"{filters.category}/")
    }
    known = {creator for creator, item in large_market.affinity if item in inside}
    allowed = {
        creator.creator_id
        for creator in large_market.creators
        if asked.is_active
        and creator.is_active
        and max(asked.min_followers or 0, filters.min_followers or 0) <= creator.follower_count
        and creator.follower_count <= (filters.max_followers or 1e9)
        and filters.region in (None, creator.region)
        and filters.language in (None, creator.language)
        and (filters.category is None or creator.creator_id in known)
        and ((creator.creator_id, asked.product_id) not in promoted or not filters.exclude_promoted)
    }
    answer = large_valued_matcher.creators_for_product(asked.product_id, k, filters, objective)
    assert_ranked(answer, allowed, [match.creator_id for match in answer.matches], k)
