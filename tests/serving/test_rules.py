from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from recsys.errors import UnknownIdError
from recsys.release.store import ReleaseStore
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from serving.rules import ALWAYS, CREATOR_ACTIVE, IN_STOCK, NOT_PROMOTED, allowed_pairs
from tests.serving.marketplaces import AS_OF_US, Marketplace, Product, publish

Publish: TypeAlias = Callable[[Marketplace], Matcher]


@pytest.fixture
def matcher_of(tmp_path: Path) -> Publish:
    def publish_and_load(market: Marketplace) -> Matcher:
        publish(tmp_path, market)
        return Matcher(load_champion(ReleaseStore(tmp_path)))

    return publish_and_load


def with_lamp(market: Marketplace, **changes: object) -> Marketplace:
    lamp: Product = replace(market.products[1], **changes)  # type: ignore[arg-type]
    return replace(market, products=(market.products[0], lamp, *market.products[2:]))


def barred_by(matcher: Matcher, creator_id: str, product_id: str, **filters: bool) -> set[str]:
    found = matcher.eligibility(creator_id, product_id, ProductFilter(**filters))  # type: ignore[arg-type]
    barring = {ruling.rule for ruling in found.rulings if not ruling.allowed}
    assert found.allowed == (not barring)
    return barring


def test_rules_have_names_and_say_what_they_demand() -> None:
    rules = (*ALWAYS, CREATOR_ACTIVE, IN_STOCK, NOT_PROMOTED)
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.description for rule in rules)


def test_a_product_that_nothing_bars(matcher: Matcher) -> None:
    assert barred_by(matcher, "ada", "lamp") == set()


@pytest.mark.parametrize(
    ("creator_id", "product_id", "rule"),
    [
        ("ada", "vase", "product_active"),
        ("bob", "soap", "follower_minimum"),
        ("ada", "cream", "not_promoted"),
    ],
)
def test_the_rule_that_bars_is_named(matcher: Matcher, creator_id: str, product_id: str, rule: str) -> None:
    assert barred_by(matcher, creator_id, product_id) == {rule}


def test_exactly_the_followers_asked_for_are_enough(tmp_path: Path, market: Marketplace) -> None:
    publish(tmp_path, with_lamp(market, min_followers=20_000))
    matcher = Matcher(load_champion(ReleaseStore(tmp_path)))
    assert barred_by(matcher, "ada", "lamp") == set()
    publish(tmp_path, with_lamp(market, min_followers=20_001))
    matcher = Matcher(load_champion(ReleaseStore(tmp_path)))
    assert barred_by(matcher, "ada", "lamp") == {"follower_minimum"}


def test_rules_in_force_depend_on_the_request(matcher: Matcher) -> None:
    assert barred_by(matcher, "ada", "tent") == {"in_stock"}
    assert barred_by(matcher, "ada", "tent", in_stock=False) == set()
    assert barred_by(matcher, "ada", "cream", exclude_promoted=False) == set()
    assert CREATOR_ACTIVE not in ProductFilter().rules
    assert CREATOR_ACTIVE in CreatorFilter().rules


def test_every_barring_rule_is_named(matcher_of: Publish, market: Marketplace) -> None:
    lamp = with_lamp(market, is_active=False, min_followers=10**6, regions="FR", listed_at=AS_OF_US + 1)
    assert barred_by(matcher_of(lamp), "bob", "lamp") == {
        "product_active",
        "listed",
        "follower_minimum",
        "region",
        "not_promoted",
    }


def test_a_product_is_listed_from_its_instant_on(matcher_of: Publish, market: Marketplace) -> None:
    for listed_at, allowed in ((AS_OF_US, True), (AS_OF_US + 1, False)):
        matcher = matcher_of(with_lamp(market, listed_at=listed_at))
        names = [match.product_id for match in matcher.products_for("ada", 10).matches]
        assert ("lamp" in names) == allowed
        assert bool(matcher.creators_for_product("lamp", 10).matches) == allowed


@pytest.mark.parametrize(
    ("regions", "creators"),
    [
        (None, ["ada", "dan", "fay"]),
        ("US", ["ada", "dan", "fay"]),
        ("US | GB", ["ada", "dan", "fay"]),
        ("GB|FR", ["fay"]),  # of an unknown region
    ],
)
def test_a_product_goes_to_creators_of_its_regions(
    matcher_of: Publish, market: Marketplace, regions: str | None, creators: list[str]
) -> None:
    matcher = matcher_of(with_lamp(market, regions=regions))
    found = [match.creator_id for match in matcher.creators_for_product("lamp", 10).matches]
    assert sorted(found) == creators
    for creator_id in ("ada", "dan", "fay"):
        names = [match.product_id for match in matcher.products_for(creator_id, 10).matches]
        assert ("lamp" in names) == (creator_id in creators)


def test_both_directions_allow_the_same_pairs(large_matcher: Matcher) -> None:
    release = large_matcher.release
    creators = np.arange(25, dtype=np.int32)
    products = np.arange(40, dtype=np.int32)
    rules = CreatorFilter().rules
    together = allowed_pairs(release, rules, creators, products)
    rows = [allowed_pairs(release, rules, creators[c : c + 1], products)[0] for c in creators]
    columns = [allowed_pairs(release, rules, creators, products[p : p + 1])[:, 0] for p in products]
    assert 0 < together.sum() < together.size
    assert (together == np.array(rows)).all()
    assert (together == np.array(columns).T).all()


def test_unknown_ids_are_refused(matcher: Matcher) -> None:
    with pytest.raises(UnknownIdError):
        matcher.eligibility("nobody", "lamp")
    with pytest.raises(UnknownIdError):
        matcher.eligibility("ada", "nothing")


def test_a_market_without_regions_is_open(matcher_of: Publish, market: Marketplace) -> None:
    nowhere = tuple(replace(creator, region=None) for creator in market.creators)
    matcher = matcher_of(with_lamp(replace(market, creators=nowhere), regions="US"))
    assert "lamp" in [match.product_id for match in matcher.products_for("ada", 10).matches]
