from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from recsys.release.store import ReleaseStore
from serving.app import create_app
from serving.candidates import Source
from serving.exploration import COLD, Place, draw_of, is_explored, with_explored
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import load_champion
from serving.matcher import Matcher
from serving.matches import Match
from serving.settings import ServiceSettings
from tests.serving.marketplaces import generated, publish
from tests.serving.values import with_values

# Six indices, best first by value; the three worst are cold. exp of their scores is 1, 2 and 1.
RANKED = [0, 1, 2, 3, 4, 5]
SCORES = np.log(np.array([8, 8, 8, 1, 2, 1])).astype(np.float32)
COLD_ONES = np.arange(6) >= 3


def listed(key: str, k: int = 6, share: float = 0.5) -> list[Place]:
    return with_explored(RANKED[:k], COLD_ONES, SCORES, share, draw_of("release", key))


def test_places_to_explore_are_evenly_spread_and_never_the_first() -> None:
    assert [place for place in range(1, 41) if is_explored(place, 0.1)] == [10, 20, 30, 40]
    assert [place for place in range(1, 7) if is_explored(place, 0.5)] == [2, 4, 6]
    assert [place for place in range(1, 201) if is_explored(place, 0.07)][-1] == 200
    assert not any(is_explored(place, 0.0) for place in range(1, 201))


def test_drawn_places_hold_the_cold_and_the_others_go_by_value() -> None:
    for key in map(str, range(20)):
        places = listed(key)
        assert [place.index for place in places if not place.explored] == [0, 1, 2]
        assert [place.explored for place in places] == [False, True] * 3
        assert sorted(place.index for place in places) == RANKED


def test_the_chance_told_is_that_of_the_draw() -> None:
    n = 4_000
    first, second = zip(*((p[1], p[3]) for p in (listed(str(key)) for key in range(n))), strict=True)
    for index, chance in ((3, 0.25), (4, 0.5), (5, 0.25)):
        found = [place for place in first if place.index == index]
        assert [place.propensity for place in found] == pytest.approx([chance] * len(found), rel=1e-6)
        # Within four standard errors.
        assert abs(len(found) / n - chance) < 4 * np.sqrt(chance * (1 - chance) / n)
    # After 4, which weighs a half, the other two are as likely; after 3 twice as often 4 as 5.
    for above, below in zip(first, second, strict=True):
        weight = {3: 1, 4: 2, 5: 1}
        assert below.propensity == pytest.approx(weight[below.index] / (4 - weight[above.index]), rel=1e-6)


def test_what_stands_above_already_is_not_drawn_and_where_none_is_left_value_goes_on() -> None:
    none = with_explored(RANKED, np.zeros(6, dtype=np.bool_), SCORES, 0.5, draw_of("a"))
    assert none == [Place(index, 1.0, explored=False) for index in RANKED]
    best_is_cold = with_explored(RANKED, np.arange(6) == 0, SCORES, 0.5, draw_of("a"))
    assert [place.index for place in best_is_cold] == RANKED
    assert with_explored([], COLD_ONES & False, SCORES, 0.5, draw_of("a")) == []


def test_leaving_one_out_does_not_change_how_the_others_fall() -> None:
    for key in map(str, range(20)):
        before = [place.index for place in listed(key) if place.explored]
        left_out = COLD_ONES & (np.arange(6) != before[0])
        after = with_explored([0, 1, 2, 3], left_out, SCORES, 0.5, draw_of("release", key))
        assert [place.index for place in after if place.explored] == before[1:]


@pytest.fixture(scope="module")
def large_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("large")
    publish(home, generated(seed=3, n_creators=40, n_products=400))
    return home


@pytest.fixture(scope="module")
def plain(large_home: Path) -> Matcher:
    return Matcher(with_values(load_champion(ReleaseStore(large_home))))


@pytest.fixture(scope="module")
def exploring(plain: Matcher) -> Matcher:
    return Matcher(plain.release, explore=0.1)


def drawn(matches: Sequence[Match]) -> list[Match]:
    return [match for match in matches if match.sources == (Source.EXPLORATION,)]


def test_cold_products_keep_the_places_drawn_for_them_whatever_they_earn(
    plain: Matcher, exploring: Matcher
) -> None:
    """Fails where what is drawn is ranked by value again: it stood elsewhere then, or nowhere."""
    release, would_not_be_there = plain.release, 0
    for creator in range(20):
        creator_id = release.creator_id(creator)
        by_value = [match.product_id for match in plain.products_for(creator_id, 40).matches]
        matches = exploring.products_for(creator_id, 40).matches
        assert [match.rank for match in drawn(matches)] == [10, 20, 30, 40]
        for match in drawn(matches):
            assert release.promoters[release.product_index(match.product_id)] < COLD
            assert 0 < match.propensity < 1
            would_not_be_there += match.product_id not in by_value
        others = [match for match in matches if match.sources != (Source.EXPLORATION,)]
        assert {match.propensity for match in others} == {1.0}
        left = [name for name in by_value if name not in {match.product_id for match in drawn(matches)}]
        assert [match.product_id for match in others] == left[: len(others)]
    assert would_not_be_there > 20


def test_a_brand_is_shown_creators_without_history_at_their_places(
    plain: Matcher, exploring: Matcher
) -> None:
    release, found = plain.release, 0
    assert release.without_history.any()
    for product in range(40):
        for match in drawn(exploring.creators_for_product(release.product_id(product), 20).matches):
            assert match.new_creator
            assert match.rank in (10, 20)
            found += 1
    assert found > 0
    mixed = exploring.creators_for_brand("b1", 20, CreatorFilter(), mix={"nano": 3})
    assert not drawn(mixed.matches)


def test_what_filters_bar_is_not_drawn(exploring: Matcher) -> None:
    release = exploring.release
    filters = ProductFilter(brand_id="b1", max_price=float(np.median(release.products.price)))
    matches = exploring.products_for(release.creator_id(3), 40, filters).matches
    assert drawn(matches)
    for match in matches:
        assert match.brand_id == "b1"
        assert match.price <= (filters.max_price or 0)


def test_one_setting_turns_it_off(large_home: Path) -> None:
    creator_id, tags = "c003", set()
    for share, expected in ((0.1, 2), (0.0, 0)):
        with TestClient(create_app(large_home, ServiceSettings(explore=share))) as client:
            answer = client.get(f"/v1/creators/{creator_id}/products", params={"k": 20})
            found = [match for match in answer.json()["matches"] if match["sources"] == ["exploration"]]
            assert len(found) == expected
            tags.add(answer.headers["etag"])
    assert len(tags) == 2
