from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.blas import single_threaded
from recsys.release.reader import open_release
from recsys.release.store import ReleaseStore
from serving.lists import creators_for_product, products_for_creator
from serving.loaded import load_champion
from serving.matcher import Matcher
from serving.prepared import PLACES, Page, Told, prepare, prepared_creators, prepared_products
from serving.queries import CreatorQuery, ProductQuery
from serving.settings import DEFAULTS
from tests.serving.marketplaces import Marketplace, write_release
from tests.serving.prepared_places import prepared_places
from training.nightly import NightOptions, NightResult, run_night
from training.simulation import SimulationSettings, simulate


@pytest.fixture(scope="module")
def matcher(trained: tuple[Path, NightResult]) -> Matcher:
    """Of a night that prepared some lists."""
    return Matcher(load_champion(ReleaseStore(trained[0])), DEFAULTS.explore)


def pages(rng: np.random.Generator, n: int) -> Iterator[tuple[int, int]]:
    """How many and after how many, within what is prepared."""
    for _ in range(n):
        skip = int(rng.integers(PLACES)) * int(rng.integers(2))
        yield int(rng.integers(1, PLACES - skip + 1)), skip


def body(told: Told | None) -> bytes | None:
    return None if told is None else told.body


def same_both_ways(matcher: Matcher, n: int) -> int:
    """Asks for n pages in each direction, prepared and live; how many matches they hold."""
    release, rng = matcher.release, np.random.default_rng(5)
    assert release.values is not None
    live, matches = Matcher(replace(release, prepared=None), matcher.explore), 0
    creators, products = (rng.permutation(places) for places in prepared_places(matcher.release))
    for place, (k, skip) in enumerate(pages(rng, n)):
        name, asked = release.creator_id(int(creators[place % len(creators)])), ProductQuery(k=k, skip=skip)
        computed = products_for_creator(live, name, asked)
        assert body(prepared_products(matcher, name, Page(k, skip))) == computed.model_dump_json().encode()
        matches += len(computed.matches)
        name, brand = release.product_id(int(products[place % len(products)])), CreatorQuery(k=k, skip=skip)
        listed = creators_for_product(live, name, brand)
        assert body(prepared_creators(matcher, name, Page(k, skip))) == listed.model_dump_json().encode()
        matches += len(listed.matches)
    return matches


def test_what_was_prepared_is_byte_for_byte_what_is_computed(matcher: Matcher) -> None:
    # As the service answers, and the night prepares.
    with single_threaded():
        assert same_both_ways(matcher, 120) > 1_000


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_ten_thousand_prepared_answers_are_byte_for_byte_the_computed_ones(tmp_path: Path) -> None:
    simulate(tmp_path / "shop", SimulationSettings(creators=1_200, products=400, days=90, seed=11))
    run_night(NightOptions(data=tmp_path / "shop", home=tmp_path / "home"), lambda _: None)
    large = Matcher(load_champion(ReleaseStore(tmp_path / "home")), DEFAULTS.explore)
    with single_threaded():
        assert same_both_ways(large, 5_000) > 50_000


def test_what_is_beyond_the_prepared_places_or_drawn_otherwise_is_not_there(matcher: Matcher) -> None:
    release, (creators, products) = matcher.release, prepared_places(matcher.release)
    creator, product = release.creator_id(creators[0]), release.product_id(products[0])
    assert prepared_products(matcher, creator, Page(PLACES)) is not None
    assert prepared_products(matcher, creator, Page(PLACES, 1)) is None
    assert prepared_creators(matcher, product, Page(1, PLACES)) is None
    assert prepared_products(matcher, "nobody", Page()) is None
    assert prepared_creators(matcher, "nothing", Page()) is None
    assert prepared_products(Matcher(release, explore=0.0), creator, Page()) is None


def test_a_short_list_is_the_whole_list_and_answers_whatever_is_asked_of_it(home: Path) -> None:
    store = ReleaseStore(home)
    live = Matcher(load_champion(store), DEFAULTS.explore)
    matcher = Matcher(replace(live.release, prepared=prepare(store.champion(), 100)), DEFAULTS.explore)
    for skip in (0, 1, PLACES):
        query = ProductQuery(k=200, skip=skip)
        computed = products_for_creator(live, "dan", query)
        assert body(prepared_products(matcher, "dan", Page(200, skip))) == computed.model_dump_json().encode()
        assert len(computed.matches) == max(4 - skip, 0)


def test_a_list_that_another_version_rendered_is_not_told(
    trained: tuple[Path, NightResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.__version__", "another")
    assert load_champion(ReleaseStore(trained[0])).prepared is None


def test_a_night_prepares_as_many_lists_as_it_was_told(
    trained: tuple[Path, NightResult], tmp_path: Path
) -> None:
    release = ReleaseStore(trained[0]).champion()
    prepared = prepare(release, 7)
    assert prepared is not None
    for lists in (prepared.creators, prepared.products):
        assert sum(lists.list_of(index) is not None for index in range(len(lists.listed))) == 7


def test_of_a_release_that_cannot_answer_nothing_is_prepared_and_the_night_goes_on(
    tmp_path: Path, market: Marketplace
) -> None:
    broken = replace(market, prior={**market.prior, "soap": float("nan")})
    assert prepare(open_release(tmp_path / "releases" / write_release(tmp_path, broken)), 10) is None
