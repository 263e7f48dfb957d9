from pathlib import Path

import numpy as np
import pytest

from recsys.errors import UnknownIdError, UsageError
from recsys.release.store import ReleaseStore
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from tests.serving.marketplaces import Marketplace, hand_made, publish

EVERY_PRODUCT = ProductFilter(exclude_promoted=False)
EVERY_CREATOR = CreatorFilter(exclude_promoted=False)


def standardised(raw: list[float]) -> np.ndarray:
    values = np.array(raw)
    result: np.ndarray = (values - values.mean()) / values.std()
    return result


def test_products_are_ranked_by_the_blended_score(matcher: Matcher) -> None:
    matches = matcher.products_for("ada", 10).matches
    # ada's row is cream 1 and serum 2; two products in it make her own record count 2 / (2 + 1).
    own = standardised([1 * 1 + 2 * 0.5, 2 * 0.1, 1 * 0.5 + 2 * 1, 1 * 0.1 + 2 * 0.4, 0, 0])
    prior = standardised([1.0, 2.0, 3.0, 0.5, 0.25, 0.1])
    expected = dict(
        zip(["cream", "lamp", "serum", "soap", "tent", "vase"], 2 / 3 * own + 1 / 3 * prior, strict=True)
    )
    assert [match.product_id for match in matches] == ["lamp", "soap", "tent"]
    assert [match.score for match in matches] == pytest.approx([expected[m.product_id] for m in matches])
    assert [match.rank for match in matches] == [1, 2, 3]


def test_a_match_says_what_the_product_pays(matcher: Matcher) -> None:
    match = matcher.products_for("ada", 1).matches[0]
    assert (match.title, match.category, match.brand_id) == ("Desk lamp", "Home", "lux")
    assert (match.price, match.commission_rate) == (50.0, 0.05)
    assert match.commission_per_unit == 2.5
    assert match.release_id == matcher.release.release_id


def test_a_creator_without_history_gets_k_matches(matcher: Matcher) -> None:
    assert [match.product_id for match in matcher.products_for("dan", 4).matches] == [
        "serum",
        "lamp",
        "cream",
        "soap",
    ]


def test_both_directions_give_every_pair_the_same_score(
    large_matcher: Matcher, large_market: Marketplace
) -> None:
    by_row = {
        (creator_id, match.product_id): match.score
        for creator_id in large_market.creator_ids
        for match in large_matcher.products_for(creator_id, 1_000, EVERY_PRODUCT).matches
    }
    by_column = {
        (match.creator_id, product_id): match.score
        for product_id in large_market.product_ids
        for match in large_matcher.creators_for_product(product_id, 1_000, EVERY_CREATOR).matches
    }
    active = {creator.creator_id for creator in large_market.creators if creator.is_active}
    by_row = {pair: score for pair, score in by_row.items() if pair[0] in active}
    assert len(by_column) > 300
    assert by_row.keys() == by_column.keys()
    assert max(abs(by_row[pair] - by_column[pair]) for pair in by_row) < 1e-4


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
        assert match.score == pytest.approx(own[0].score, abs=1e-4)


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
