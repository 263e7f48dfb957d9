from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from recsys.arrays import Float32, Int32
from recsys.release.reader import open_release
from recsys.value.estimates import Estimates
from serving.loaded import LoadedRelease, load_champion
from serving.matcher import Matcher
from serving.probe import (
    brands_of,
    faults,
    faults_of_answers,
    faults_of_estimates,
    sampled_creators,
    sampled_products,
)
from tests.serving.marketplaces import Marketplace, hand_made, write_release
from tests.serving.values import Whole, with_values


def found(home: Path, market: Marketplace) -> list[str]:
    return list(faults(open_release(home / "releases" / write_release(home, market))))


def test_nothing_is_wrong_with_a_good_release(tmp_path: Path, large_market: Marketplace) -> None:
    assert found(tmp_path, hand_made()) == found(tmp_path, large_market) == []


def test_what_cannot_be_loaded_is_a_fault(tmp_path: Path, market: Marketplace) -> None:
    (fault,) = found(tmp_path, replace(market, prior={**market.prior, "soap": float("nan")}))
    assert fault.startswith("the service cannot answer from it: the model of release")


def test_a_market_in_which_nobody_may_promote_anything_is_faulty(tmp_path: Path, market: Marketplace) -> None:
    nothing_on_sale = tuple(replace(product, is_active=False) for product in market.products)
    to_creators, to_products = found(tmp_path, replace(market, products=nothing_on_sale))
    assert to_creators.startswith(
        "none of 6 creators that were asked for is given any product; see is_active"
    )
    assert to_products.startswith(
        "none of 6 products that were asked for is given any creator; see is_active"
    )

    all_left = tuple(replace(creator, is_active=False) for creator in market.creators)
    (fault,) = found(tmp_path, replace(market, creators=all_left))
    assert fault.startswith("none of 6 products")


def test_nothing_left_to_promote_is_no_fault(tmp_path: Path, market: Marketplace) -> None:
    everything = {(creator, product): 1.0 for creator in market.creator_ids for product in market.product_ids}
    assert found(tmp_path, replace(market, sold=everything)) == []


def test_the_sample_holds_the_largest_the_newest_the_coldest_and_those_with_most_history(
    large_matcher: Matcher,
) -> None:
    release = large_matcher.release
    creators, products = sampled_creators(release).tolist(), sampled_products(release).tolist()
    history = np.diff(release.payload.affinity.values.indptr)
    assert int(release.creators.follower_count.argmax()) in creators
    assert {int(history.argmax()), int(history.argmin())} <= set(creators)
    assert {int(release.promoters.argmax()), int(release.promoters.argmin())} <= set(products)
    assert int(release.products.price.argmax()) in products
    assert 16 <= len(creators) <= 32


@dataclass(frozen=True)
class Broken(Whole):
    """A value model that lost its mind about one creator, and there only in one number."""

    sound: LoadedRelease
    creator: int
    number: str

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        assert self.sound.values is not None
        estimates = self.sound.values.estimate(creators, products, scores)
        values = np.where(creators == self.creator, np.inf, getattr(estimates, self.number))
        return replace(estimates, **{self.number: values})


@pytest.mark.parametrize("number", ["units", "chance", "commission_high"])
def test_estimates_that_are_no_numbers_are_found_though_only_a_creator_without_history_has_them(
    matcher: Matcher, number: str
) -> None:
    sound = with_values(matcher.release)
    assert list(faults_of_estimates(sound)) == list(faults_of_answers(Matcher(sound))) == []
    broken = replace(sound, values=Broken(sound, sound.creator_index("dan"), number))
    broken.check_values()  # looks at the first creator alone

    assert list(faults_of_estimates(broken)) == [f"what creator dan would sell is no number ({number})"]


def test_an_answer_with_what_is_no_number_is_found(matcher: Matcher) -> None:
    sound = with_values(matcher.release)
    broken = replace(sound, values=Broken(sound, sound.creator_index("dan"), "gmv"))
    (fault,) = faults_of_answers(Matcher(broken))
    assert fault.startswith("creator dan with product ")
    assert fault.endswith(": expected_gmv is no number")


def test_the_probe_is_installed_as_the_check_of_releases(home: Path) -> None:
    # The champion of the fixture is asked by the store itself.
    from recsys.release.store import ReleaseStore

    store = ReleaseStore(home)
    assert store.faults(load_champion(store).release_id) == []


def test_no_brand_of_very_many_products_is_asked_for(
    large_matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = large_matcher.release
    everything = range(release.payload.model.n_products)
    asked = brands_of(release, everything)
    sizes = {brand: len(release.products_of_brand(brand)) for brand in asked}
    assert 0 < len(asked) <= 4
    monkeypatch.setattr("serving.probe.BRAND_PRODUCTS", max(sizes.values()) - 1)
    smaller = brands_of(release, everything)
    assert all(len(release.products_of_brand(brand)) < max(sizes.values()) for brand in smaller)
    assert not {brand for brand, size in sizes.items() if size == max(sizes.values())} & set(smaller)
