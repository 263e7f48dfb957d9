from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.release.store import ReleaseStore
from recsys.value.estimates import Estimates
from serving.filters import ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from serving.reasons import Basis, Explainer
from serving.summary import grounds, summary
from tests.serving.marketplaces import Marketplace, publish

KNOWN = Basis(own_units=0, own_products=23, promoters=61, alike=12)


def of(
    chance: float, units: float, commission: float, low: float, high: float, *, promotes: float = 1.0
) -> Estimates:
    told = (chance, units, 10 * commission, commission, low, high, promotes, False)
    return Estimates(*(np.array([value]) for value in told))


@pytest.mark.parametrize(
    ("estimates", "expected"),
    [
        (
            # Arrays: chance, units, commission and its interval; GMV plays no part.
            (0.8, 2.2, 39.27, 0.0, 110.0),
            "about 2 units, 40 EUR of commission (0 to 110 in four of five cases)",
        ),
        (
            (0.99, 1_234.0, 1_436.0, 160.0, 1_733.0),
            "about 1,000 units, 1,400 EUR of commission (200 to 1,700 in four of five cases)",
        ),
        ((0.6, 1.2, 3.0, 0.0, 8.0), "about 1 unit, 3 EUR of commission (0 to 8 in four of five cases)"),
        (
            (0.12, 0.2, 0.37, 0.0, 0.0),
            "probably no sale (a chance of 12 %), on average 0.4 EUR of commission",
        ),
        (
            (0.001, 0.001, 0.0, 0.0, 0.0),
            "probably no sale (a chance of under 1 %), on average 0 EUR of commission",
        ),
    ],
)
def test_what_to_expect_is_told_in_words(estimates: tuple[float, ...], expected: str) -> None:
    assert summary(of(*estimates), 0, "EUR", KNOWN).startswith(f"{expected}; based on ")


def test_a_mean_above_the_interval_is_explained_and_also_a_creator_who_may_not_promote_at_all() -> None:
    estimates = of(0.6, 5.0, 9.0, 0.0, 8.0, promotes=0.37)
    assert estimates.is_skewed.all()
    assert summary(estimates, 0, "EUR", KNOWN).startswith(
        "about 5 units, 9 EUR of commission (0 to 8 in four of five cases, far more in a few), "
        "counting in a chance of 37 % that this creator promotes anything; based on "
    )


def test_where_promotions_show_only_by_their_sales_it_is_said_what_is_told() -> None:
    assert summary(
        replace(of(0.1, 0.1, 0.4, 0.0, 0.0), promoted_or_not=np.array([True])), 0, "EUR", KNOWN
    ).startswith(
        "promoted or not, since this market shows promotions only by their sales: "
        "probably no sale (a chance of 10 %), on average 0.4 EUR of commission; based on "
    )


def test_what_it_rests_on_is_told_in_words() -> None:
    assert grounds(KNOWN) == (
        "based on 23 products that this creator promotes and 61 creators who promote this, "
        "12 of them like this creator"
    )
    assert grounds(Basis(0, 0, 61, 12)) == (
        "based on 61 creators who promote this, 12 of them of this creator's size and region, "
        "who has no history yet"
    )
    assert grounds(Basis(0, 1, 0, 0)) == (
        "based on 1 product that this creator promotes; nobody else promotes this yet"
    )
    assert grounds(Basis(0, 0, 0, 0)) == (
        "a guess: this creator has no history yet, and nobody else promotes this"
    )
    assert grounds(Basis(7, 3, 9, 2)) == "this creator has sold 7 units of it"


def test_without_a_value_model_only_the_grounds_are_told(matcher: Matcher) -> None:
    assert summary(None, 0, "EUR", KNOWN) == grounds(KNOWN)
    lamp = matcher.products_for("ada", 1).matches[0]
    assert lamp.summary == (
        "based on 2 products that this creator promotes and 2 creators who promote this, "
        "1 of them like this creator"
    )


def test_the_creators_counted_are_those_who_promote_the_product(tmp_path: Path, market: Marketplace) -> None:
    smaller = replace(market.creators[4], follower_count=40_000)
    assert smaller.creator_id == "eve"
    publish(tmp_path, replace(market, creators=(*market.creators[:4], smaller, market.creators[5])))
    release = load_champion(ReleaseStore(tmp_path))

    def basis(creator_id: str, product_id: str) -> Basis:
        explainer = Explainer(release, release.creator_index(creator_id))
        return explainer.basis(release.product_index(product_id))

    # bob and cyd promote the lamp; bob sold serum, as ada did.
    assert basis("ada", "lamp") == Basis(own_units=0, own_products=2, promoters=2, alike=1)
    # cyd promotes cream too, and has sold nothing that ada sold.
    assert basis("ada", "cream") == Basis(own_units=3, own_products=2, promoters=1, alike=0)
    # dan is new; of the same tier and region are ada and eve.
    assert basis("dan", "lamp") == Basis(own_units=0, own_products=0, promoters=2, alike=0)
    assert basis("dan", "tent") == Basis(own_units=0, own_products=0, promoters=1, alike=1)


def test_creators_without_history_are_marked_in_both_directions(valued_matcher: Matcher) -> None:
    assert all(match.new_creator for match in valued_matcher.products_for("dan").matches)
    assert not any(match.new_creator for match in valued_matcher.products_for("ada").matches)
    marked = {m.creator_id: m.new_creator for m in valued_matcher.creators_for_product("soap").matches}
    assert marked == {"ada": False, "cyd": False, "dan": True, "fay": True}
    by_brand = {m.creator_id: m.summary for m in valued_matcher.creators_for_brand("glow").matches}
    assert "no history yet" in by_brand["dan"]
    assert "no history" not in by_brand["ada"]


def test_a_product_sold_already_rests_on_what_was_sold(valued_matcher: Matcher) -> None:
    everything = ProductFilter(exclude_promoted=False)
    matches = {m.product_id: m for m in valued_matcher.products_for("ada", 10, everything).matches}
    assert matches["serum"].summary.endswith("; this creator has sold 10 units of it")
