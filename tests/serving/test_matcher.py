from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.arrays import Float32, Int32
from recsys.errors import UnknownIdError, UsageError
from recsys.release.store import ReleaseStore
from recsys.value.estimates import Estimates, Outlook
from serving.candidates import PRODUCT_BOUNDS, Source
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import load_champion
from serving.matcher import PRODUCTS_EACH, Matcher
from serving.matches import Match
from serving.objectives import Objective, ObjectiveError
from tests.recsys.value.examples import value_model
from tests.serving.marketplaces import Marketplace, generated, hand_made, publish
from tests.serving.values import earnings_of, with_values

EVERY_PRODUCT = ProductFilter(in_stock=False, exclude_promoted=False)
EVERY_CREATOR = CreatorFilter(exclude_promoted=False)


def standardised(raw: list[float]) -> np.ndarray:
    values = np.array(raw)
    result: np.ndarray = (values - values.mean()) / values.std()
    return result


def test_products_are_ranked_by_the_blended_score(matcher: Matcher) -> None:
    matches = matcher.products_for("ada", 10, ProductFilter(in_stock=False)).matches
    # ada's row is cream 1 and serum 2; two products in it make her own record count 2 / (2 + 1).
    own = standardised([1 * 1 + 2 * 0.5, 2 * 0.1, 1 * 0.5 + 2 * 1, 1 * 0.1 + 2 * 0.4, 0, 0])
    prior = standardised([1.0, 2.0, 3.0, 0.5, 0.25, 0.1])
    blended = 2 / 3 * own + 1 / 3 * prior
    expected = dict(zip(["cream", "lamp", "serum", "soap", "tent", "vase"], blended, strict=True))
    assert [match.product_id for match in matches] == ["lamp", "soap", "tent"]
    assert [match.score for match in matches] == pytest.approx(
        [expected[m.product_id] for m in matches], rel=1e-5
    )
    assert [match.rank for match in matches] == [1, 2, 3]


def test_a_match_says_what_the_product_pays(matcher: Matcher) -> None:
    match = matcher.products_for("ada", 1).matches[0]
    assert (match.title, match.category, match.brand_id) == ("Desk lamp", "Home", "lux")
    assert (match.price, match.commission_rate) == (50.0, 0.05)
    assert match.commission_per_unit == 2.5
    assert match.release_id == matcher.release.release_id


def test_a_match_shows_the_rate_that_was_agreed_in_both_directions(
    tmp_path: Path, market: Marketplace
) -> None:
    publish(tmp_path, replace(market, agreed={("ada", "lamp"): 0.2, ("ada", "soap"): 0.1}))
    matcher = Matcher(load_champion(ReleaseStore(tmp_path)))
    rates = {match.product_id: match.commission_rate for match in matcher.products_for("ada").matches}
    assert rates == {"lamp": 0.2, "soap": 0.1}
    lamp = matcher.products_for("ada").matches[0]
    assert (lamp.product_id, lamp.price, lamp.commission_per_unit) == ("lamp", 50.0, 10.0)
    to_the_brand = {m.creator_id: m.commission_rate for m in matcher.creators_for_product("lamp").matches}
    assert to_the_brand == {"ada": 0.2, "dan": 0.05, "fay": 0.05}


def test_a_creator_without_history_gets_k_matches(matcher: Matcher) -> None:
    assert [match.product_id for match in matcher.products_for("dan", 4).matches] == [
        "serum",
        "lamp",
        "cream",
        "soap",
    ]


def test_both_directions_tell_exactly_the_same_of_every_pair(
    large_valued_matcher: Matcher, large_market: Marketplace
) -> None:
    def told(match: Match) -> tuple[float | None, ...]:
        return match.score, match.expected_units, match.expected_commission, match.chance_of_sale

    by_row = {
        (creator_id, match.product_id): told(match)
        for creator_id in large_market.creator_ids
        for match in large_valued_matcher.products_for(creator_id, 1_000, EVERY_PRODUCT).matches
    }
    by_column = {
        (match.creator_id, product_id): told(match)
        for product_id in large_market.product_ids
        for match in large_valued_matcher.creators_for_product(product_id, 1_000, EVERY_CREATOR).matches
    }
    active = {creator.creator_id for creator in large_market.creators if creator.is_active}
    assert len(by_column) > 300
    assert {pair: values for pair, values in by_row.items() if pair[0] in active} == by_column


def test_creators_of_a_product_leave_out_who_cannot_promote_it(matcher: Matcher) -> None:
    creators = [match.creator_id for match in matcher.creators_for_product("soap", 10).matches]
    # bob has fewer than soap's 1,000 followers, eve is inactive.
    assert sorted(creators) == ["ada", "cyd", "dan", "fay"]
    assert creators[0] == "ada"


def test_creators_of_an_inactive_product_are_none(matcher: Matcher) -> None:
    assert matcher.creators_for_product("vase", 10).matches == ()


def test_a_creator_match_describes_the_creator(matcher: Matcher) -> None:
    match = matcher.creators_for_product(
        "cream", 1, CreatorFilter(region="GB", exclude_promoted=False)
    ).matches[0]
    assert (match.creator_id, match.follower_count, match.region, match.language) == (
        "cyd",
        80_000,
        "GB",
        "en",
    )


def test_a_brand_gets_each_creator_once_with_its_best_product(matcher: Matcher) -> None:
    matches = matcher.creators_for_brand("glow", 10).matches
    assert sorted(match.creator_id for match in matches) == ["ada", "bob", "cyd", "dan", "fay"]
    for match in matches:
        own = matcher.products_for(match.creator_id, 10, ProductFilter(brand_id="glow")).matches
        assert match.product_id == own[0].product_id
        assert match.score == own[0].score


def test_a_brand_larger_than_one_batch_gets_the_same_answer(
    large_matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = large_matcher.creators_for_brand("b1", 10).matches
    monkeypatch.setattr("recsys.batches.CELLS", 1)
    one_by_one = large_matcher.creators_for_brand("b1", 10).matches
    assert [(m.creator_id, m.product_id) for m in one_by_one] == [(m.creator_id, m.product_id) for m in whole]
    assert [match.score for match in one_by_one] == pytest.approx([match.score for match in whole], abs=1e-4)


def test_unknown_ids_are_refused(matcher: Matcher) -> None:
    with pytest.raises(UnknownIdError, match="creator"):
        matcher.products_for("nobody")
    with pytest.raises(UnknownIdError, match="product"):
        matcher.creators_for_product("nothing")
    with pytest.raises(UnknownIdError, match="brand"):
        matcher.creators_for_brand("no brand")


def test_no_matches_are_no_answer(matcher: Matcher) -> None:
    with pytest.raises(UsageError, match="k must be at least 1"):
        matcher.products_for("ada", 0)


def test_a_restarted_service_gives_the_same_answer(tmp_path: Path, matcher: Matcher) -> None:
    publish(tmp_path, hand_made())
    again = Matcher(load_champion(ReleaseStore(tmp_path)))
    assert again.products_for("ada", 10) == matcher.products_for("ada", 10)


def values_of(match: Match) -> tuple[float | None, ...]:
    return (
        match.chance_of_sale,
        match.expected_units,
        match.expected_gmv,
        match.expected_commission,
        match.expected_commission_low,
        match.expected_commission_high,
    )


def test_a_match_without_a_value_model_promises_nothing(matcher: Matcher) -> None:
    assert values_of(matcher.products_for("ada", 1).matches[0]) == (None,) * 6
    assert values_of(matcher.creators_for_product("lamp", 1).matches[0]) == (None,) * 6


def test_a_match_carries_what_its_pair_is_expected_to_bring(valued_matcher: Matcher) -> None:
    matches = valued_matcher.products_for("ada", 10).matches
    for match in (*matches, *valued_matcher.creators_for_brand("glow", 10).matches):
        units = 2**match.score
        commission = units * match.price * match.commission_rate
        expected = (
            units / (1 + units),
            units,
            units * match.price,
            commission,
            commission / 2,
            commission * 2,
        )
        assert values_of(match) == pytest.approx(expected, abs=1e-3)


def test_both_directions_expect_the_same(valued_matcher: Matcher) -> None:
    for match in valued_matcher.products_for("ada", 10).matches:
        (same,) = (
            other
            for other in valued_matcher.creators_for_product(match.product_id, 10).matches
            if other.creator_id == "ada"
        )
        assert values_of(same) == pytest.approx(values_of(match), abs=1e-3)


def test_products_are_ranked_by_what_was_asked_for(large_valued_matcher: Matcher) -> None:
    by = {
        objective: large_valued_matcher.products_for("c003", 10, EVERY_PRODUCT, objective)
        for objective in (None, "earnings", "sales", "affinity")
    }
    # A price that is the same for all changes no order.
    assert by[None].matches == by["earnings"].matches
    assert by[None].objective is Objective.NET_EARNINGS
    earned = [earnings_of(match) for match in by["earnings"].matches]
    assert earned == pytest.approx(sorted(earned, reverse=True))
    # Units rise with the score in this model, so both rank alike; earnings do not.
    assert [m.product_id for m in by["sales"].matches] == [m.product_id for m in by["affinity"].matches]
    assert [m.product_id for m in by["earnings"].matches] != [m.product_id for m in by["affinity"].matches]


def test_a_brand_gets_of_each_creator_the_product_worth_most(valued_matcher: Matcher) -> None:
    by_gmv = valued_matcher.creators_for_brand("glow", 10, EVERY_CREATOR)
    assert by_gmv.objective is Objective.GMV
    assert len({match.creator_id for match in by_gmv.matches}) == len(by_gmv.matches) == 5
    worth = [match.expected_gmv or 0 for match in by_gmv.matches]
    assert worth == sorted(worth, reverse=True)
    for match in by_gmv.matches:
        own = valued_matcher.products_for(
            match.creator_id, 10, ProductFilter(brand_id="glow", exclude_promoted=False)
        )
        assert match.expected_gmv == pytest.approx(max(m.expected_gmv or 0 for m in own.matches), abs=1e-3)


def test_a_brand_is_told_the_product_worth_most_and_not_the_one_that_suits_best(
    large_valued_matcher: Matcher,
) -> None:
    found = large_valued_matcher.creators_for_brand("b1", 1_000, EVERY_CREATOR).matches
    differs = 0
    for match in found:
        own = large_valued_matcher.products_for(
            match.creator_id, 1_000, ProductFilter(brand_id="b1", exclude_promoted=False), "affinity"
        ).matches
        # So many of a creator's best are estimated.
        worth = {m.product_id: m.expected_gmv or 0.0 for m in own[:PRODUCTS_EACH]}
        assert match.expected_gmv == pytest.approx(max(worth.values()), rel=1e-4)
        differs += match.product_id != own[0].product_id
    assert differs > 0


def test_diversity_trades_value_for_variety_and_says_what_it_cost(large_valued_matcher: Matcher) -> None:
    plain = large_valued_matcher.products_for("c010", 5, EVERY_PRODUCT, "earnings")
    varied = large_valued_matcher.products_for("c010", 5, EVERY_PRODUCT, "earnings", diversity=0.9)
    assert plain.diversity_cost == 0
    assert varied.diversity == 0.9
    kept, most = (sum(map(earnings_of, answer.matches)) for answer in (varied, plain))
    assert varied.diversity_cost == pytest.approx(1 - kept / most, abs=1e-4)
    assert 0 < varied.diversity_cost < 1
    kinds = [len({(m.category, m.brand_id) for m in answer.matches}) for answer in (plain, varied)]
    assert kinds[1] > kinds[0]
    assert varied.matches[0] == plain.matches[0]


def test_both_directions_value_every_pair_the_same_with_a_real_model(
    large_matcher: Matcher, large_market: Marketplace
) -> None:
    values = value_model(len(large_market.creators), len(large_market.products))
    matcher = Matcher(replace(large_matcher.release, values=values))
    by_row = {
        (creator_id, match.product_id): match
        for creator_id in large_market.creator_ids
        for match in matcher.products_for(creator_id, 1_000, EVERY_PRODUCT).matches
    }
    by_column = {
        (match.creator_id, product_id): match
        for product_id in large_market.product_ids
        for match in matcher.creators_for_product(product_id, 1_000, EVERY_CREATOR).matches
    }
    assert len(by_column) > 300
    # A brand is told of asking, a creator of promoting.
    promotes = values.asking.chance(values.context.creators)
    chances = {name: promotes[matcher.release.creator_index(name)] for name in large_market.creator_ids}
    for pair, match in by_column.items():
        # Scores of the two directions differ in their last bits, and a tree may split just there.
        if abs(match.score - 0.25) > 1e-3:
            units, chance = by_row[pair].expected_units, by_row[pair].chance_of_sale
            assert units is not None
            assert chance is not None
            assert match.expected_units == pytest.approx(chances[pair[0]] * units, rel=1e-3)
            assert match.chance_of_sale == pytest.approx(chances[pair[0]] * chance, rel=1e-3)


def test_nothing_allowed_is_an_empty_answer_with_a_real_model_too(
    matcher: Matcher, market: Marketplace
) -> None:
    values = value_model(len(market.creators), len(market.products))
    valued = Matcher(replace(matcher.release, values=values))
    # vase is inactive, and no product is of so far a category.
    assert valued.creators_for_product("vase", 10).matches == ()
    assert valued.products_for("ada", 10, ProductFilter(category="Cars")).matches == ()


def test_a_match_says_which_sources_brought_it(matcher: Matcher, valued_matcher: Matcher) -> None:
    found = {match.product_id: match for match in valued_matcher.products_for("ada", 10).matches}
    lamp, soap = found["lamp"], found["soap"]
    # Of six products all are candidates by score; ada's affinity lies in neither category.
    assert lamp.sources == (Source.SCORE, Source.TRENDING)
    assert soap.sources == (Source.SCORE,)
    largest = valued_matcher.creators_for_product("soap", 1).matches[0]
    assert largest.sources == (Source.SCORE, Source.LARGEST)
    # A list by affinity needs no other source than the score.
    assert matcher.products_for("ada", 1).matches[0].sources == (Source.SCORE,)


def test_objectives_keep_to_their_direction(valued_matcher: Matcher) -> None:
    with pytest.raises(ObjectiveError, match="there are net_earnings, earnings, sales, affinity"):
        valued_matcher.products_for("ada", objective="gmv")
    with pytest.raises(ObjectiveError, match="there are gmv, new_shoppers, sales, affinity"):
        valued_matcher.creators_for_product("lamp", objective="earnings")
    with pytest.raises(ObjectiveError, match="there are gmv, new_shoppers, sales, affinity"):
        valued_matcher.creators_for_brand("lux", objective="earnings")


def test_a_large_catalog_gives_k_matches_from_several_sources_every_time_alike(tmp_path: Path) -> None:
    publish(tmp_path, generated(seed=3, n_creators=12, n_products=1_000))
    matcher = Matcher(with_values(load_champion(ReleaseStore(tmp_path))))
    answer = matcher.products_for("c005", 600, EVERY_PRODUCT)
    found = {source for match in answer.matches for source in match.sources}
    assert len(answer.matches) == 600
    assert found == {Source.SCORE, Source.TRENDING, Source.OWN_CATEGORY}
    assert any(Source.SCORE not in match.sources for match in answer.matches)
    assert matcher.products_for("c005", 600, EVERY_PRODUCT) == answer


def test_the_value_model_is_asked_of_a_bounded_number_of_pairs(tmp_path: Path) -> None:
    publish(tmp_path, generated(seed=3, n_creators=12, n_products=1_000))
    release = with_values(load_champion(ReleaseStore(tmp_path)))
    ranked: list[int] = []
    shown: list[int] = []

    class Counting:
        def estimate(
            self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
        ) -> Estimates:
            shown.append(len(creators))
            assert release.values is not None
            return release.values.estimate(creators, products, scores, asked=asked)

        def outlook(
            self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
        ) -> Outlook:
            ranked.append(len(creators))
            assert release.values is not None
            return release.values.outlook(creators, products, scores, asked=asked)

    matcher = Matcher(replace(release, values=Counting()))
    matcher.products_for("c005", 20, EVERY_PRODUCT)
    matcher.creators_for_brand("b1", 5)
    # Each answer ranks its candidates by what they bring, and says how sure that is of its matches alone.
    assert shown == [20, 5]
    assert 20 <= ranked[0] <= sum(PRODUCT_BOUNDS.values())
    assert 5 <= ranked[1] <= 12 * PRODUCTS_EACH
