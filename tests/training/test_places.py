"""What a night knows of places is what its release serves."""

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recsys.candidates import best_candidates
from recsys.clearing.crowd import PLACES
from recsys.release.store import ReleaseStore
from serving.filters import ProductFilter
from serving.loaded import LoadedRelease, load_champion
from serving.matcher import Matcher
from serving.objectives import Objective
from serving.rules import allowed_pairs

if TYPE_CHECKING:
    from training.nightly import NightResult


@pytest.fixture(scope="module")
def release(trained: "tuple[Path, NightResult]") -> LoadedRelease:
    return load_champion(ReleaseStore(trained[0]))


def test_what_all_lists_expect_together_never_passes_the_stock(release: LoadedRelease) -> None:
    matcher, stock = Matcher(release), release.products.stock
    expected, alone = np.zeros(len(stock)), np.zeros(len(stock))
    for creator in np.flatnonzero(release.creators.is_active).tolist():
        # More than a list has: shorter ones are heads of it.
        answer = matcher.products_for(release.creator_id(creator), PLACES + 5)
        assert answer.objective is Objective.NET_EARNINGS
        for match in answer.matches:
            expected[release.product_index(match.product_id)] += match.expected_units or 0.0
        for match in matcher.products_for(release.creator_id(creator), 5, objective="earnings").matches:
            alone[release.product_index(match.product_id)] += match.expected_units or 0.0
    assert (expected <= stock).all()
    assert (alone > stock).any()


def test_nothing_out_of_stock_is_recommended_unless_asked_for(release: LoadedRelease) -> None:
    creator = release.creator_id(0)
    first = Matcher(release).products_for(creator, 1).matches[0].product_id
    stock = release.products.stock.copy()
    stock[release.product_index(first)] = 0
    matcher = Matcher(replace(release, products=replace(release.products, stock=stock)))
    for objective in ("net_earnings", "earnings", "affinity"):
        found = matcher.products_for(creator, 200, objective=objective).matches
        assert first not in {match.product_id for match in found}
        asked = matcher.products_for(creator, 200, ProductFilter(in_stock=False), objective).matches
        assert first in {match.product_id for match in asked}


def test_candidates_have_the_scores_and_values_that_serving_tells(release: LoadedRelease) -> None:
    payload, values = release.payload, release.payload.values
    assert values is not None
    everything = np.arange(payload.model.n_products, dtype=np.int32)
    rules = ProductFilter(in_stock=False).rules
    creators = np.arange(0, len(payload.view), 7, dtype=np.int32)
    found = best_candidates(
        payload.model,
        payload.view,
        values,
        lambda inside: allowed_pairs(release, rules, inside, everything),
        creators,
        k=15,
    )
    matcher = Matcher(release)
    for row, creator in enumerate(creators.tolist()):
        answer = matcher.products_for(
            release.creator_id(creator), 15, ProductFilter(in_stock=False), "earnings"
        )
        named = [release.product_index(match.product_id) for match in answer.matches]
        assert found.products[row, : len(named)].tolist() == named
        told = [(match.score, match.expected_units, match.expected_commission) for match in answer.matches]
        kept = np.column_stack([found.scores[row], found.units[row], found.commission[row]])[: len(named)]
        assert kept == pytest.approx(np.array(told, dtype=np.float64), rel=1e-4, abs=1e-4)


def test_candidates_do_not_depend_on_batches(release: LoadedRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    payload, values = release.payload, release.payload.values
    assert values is not None
    creators = np.arange(len(payload.view), dtype=np.int32)

    def everything(inside: np.ndarray) -> np.ndarray:
        return np.ones((len(inside), payload.model.n_products), dtype=np.bool_)

    whole = best_candidates(payload.model, payload.view, values, everything, creators)
    monkeypatch.setattr("recsys.batches.CELLS", 500_000)
    monkeypatch.setattr("recsys.candidates.LIST_CELLS", 10_000)
    parts = best_candidates(payload.model, payload.view, values, everything, creators)
    assert (whole.products == parts.products).mean() > 0.999
    for field in fields(whole):
        if field.name != "products":
            assert getattr(parts, field.name) == pytest.approx(getattr(whole, field.name), rel=1e-3, abs=1e-4)


def test_ten_thousand_pairs_have_one_score_value_and_price_in_both_directions(release: LoadedRelease) -> None:
    values, places = release.payload.values, release.places
    assert values is not None
    assert places is not None
    rng = np.random.default_rng(0)
    creators = rng.integers(0, len(release.creators.is_active), 10_000).astype(np.int32)
    products = rng.integers(0, release.payload.model.n_products, 10_000).astype(np.int32)
    # As creators ask, each for its own products, and as brands ask, each for the creators of one product.
    told: dict[int, list[float]] = {}
    asked: dict[int, list[float]] = {}
    for sides, found, by_brand in ((creators, told, False), (products, asked, True)):
        for side in np.unique(sides).tolist():
            inside = np.flatnonzero(sides == side)
            pairs = creators[inside], products[inside]
            scores = release.pair_scores(*pairs)
            estimates = values.estimate(*pairs, scores, asked=by_brand)
            promotes = (
                np.ones(len(inside)) if by_brand else values.asking.chance(values.context.creators[pairs[0]])
            )
            units = values.outlook(*pairs, scores).units
            columns = (
                scores,
                *(getattr(estimates, name) * promotes for name in ("chance", "units", "gmv", "commission")),
                places.price(pairs[1], units),
            )
            found |= dict(zip(inside.tolist(), np.column_stack(columns).tolist(), strict=True))
    assert told == asked


def test_an_answer_tells_of_a_pair_what_the_pair_alone_has(release: LoadedRelease) -> None:
    matcher, values = Matcher(release), release.payload.values
    assert values is not None
    creator, product = release.creator_id(0), release.product_id(0)
    for asked, answer in (
        (False, matcher.products_for(creator, 30)),
        (True, matcher.creators_for_product(product, 30)),
    ):
        assert answer.matches
        for match in answer.matches:
            pair = (
                np.array([release.creator_index(match.creator_id)], dtype=np.int32),
                np.array([release.product_index(match.product_id)], dtype=np.int32),
            )
            alone = release.pair_scores(*pair)
            estimates = values.estimate(*pair, alone, asked=asked)
            assert (match.score, match.expected_units) == (alone[0], estimates.units[0])


def test_a_night_reports_its_places(trained: "tuple[Path, NightResult]") -> None:
    placed = trained[1].placed
    assert placed is not None
    found = placed.metrics()
    assert found["places/scarce_products"] > 0
    assert 0 < found["places/greatest_share_after"] <= 1
