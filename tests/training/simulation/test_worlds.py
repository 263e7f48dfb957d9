"""Worlds are settings of one simulator; the truth of each stays a formula."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from training.simulation import RANDOM, WORLDS, SimulationSettings, expected_orders, simulate, world_settings
from training.simulation.arrays import Floats
from training.simulation.randomness import pair_normal, spread
from training.simulation.truth import Truth, match
from training.simulation.world import World, draw_stage, draw_world
from training.simulation.worlds import differences, random_world

SIZE = SimulationSettings(creators=300, products=80, days=60, seed=5)
# Of the default world as it was before there were others.
DEFAULT_CSV = {
    "collaborations": "a9668f459438dba1e00cac420eb3902cd10fd2e67429c6cb1f0e378984bae5f6",
    "creators": "a8feeb1a545f2c7835c9318a55155914c5d1107190b09857d55d441801d0ab21",
    "demand_events": "4f3534278f8cdc672547ae60bf5c155eaa481d2187ad6c0351a05b763811d087",
    "engagement": "a53252bf136657c932e2f3cd147351ed80b79a61659683b437e38917aa60603d",
    "products": "e8519fa32b65aa903539a83dbca4637d5b902fc2bfbf9f392d182a64581ea580",
    "sales": "b2f34b2a1e0e960656c934fd43e63e8ca89bf13e3a84cb9c54efe0beeee313d7",
    "samples": "5f16fb841eb844f74e844dcf6ae965ac89496bb3f08da6df365a9d53227f3262",
}


def _world(name: str, **changes: float) -> World:
    return draw_world(replace(world_settings(name, SIZE), **changes))  # type: ignore[arg-type]


def test_the_default_world_is_what_it_always_was(tmp_path: Path) -> None:
    size = SimulationSettings(creators=60, products=20, days=20, seed=3)
    simulate(tmp_path / "out", world_settings("default", size), file_format="csv")
    digests = {path.stem: sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").glob("*.csv")}
    assert digests == DEFAULT_CSV


def test_there_are_ten_named_worlds_and_each_differs_from_the_default() -> None:
    assert len(WORLDS) >= 10
    assert not differences(WORLDS["default"])
    told = [tuple(differences(world).items()) for world in WORLDS.values()]
    assert len(set(told)) == len(WORLDS)


def test_a_world_keeps_the_size_and_seed_that_are_asked_for() -> None:
    for name in (*WORLDS, RANDOM):
        world = world_settings(name, SIZE)
        assert (world.creators, world.products, world.days, world.seed) == (300, 80, 60, 5)
    with pytest.raises(ValueError, match="'atlantis' is no world; choose one of default, taste"):
        world_settings("atlantis", SIZE)


def test_random_worlds_follow_their_seed_and_cover_their_priors() -> None:
    assert random_world(1) == random_world(1)
    worlds = [random_world(seed) for seed in range(60)]
    shares = [world.taste_share for world in worlds if world.taste_share is not None]
    assert len(set(shares)) == 60
    assert min(shares) < 0.1
    assert max(shares) > 0.55
    assert 0.3 < np.mean([world.saturation is not None for world in worlds]) < 0.9
    assert any(not world.reports_views for world in worlds)
    assert any(world.uniform_catalog for world in worlds)


@pytest.mark.parametrize("name", [*WORLDS, RANDOM])
def test_every_world_is_an_export_that_holds(name: str, tmp_path: Path) -> None:
    tiny = SimulationSettings(creators=60, products=20, days=30, seed=3, listed_share=0.1)
    summary = simulate(tmp_path / "out", world_settings(name, tiny))
    assert summary.order_lines > 0
    assert summary.rows["impressions"] > 60


@pytest.mark.parametrize("share", [0.05, 0.6])
@pytest.mark.parametrize("own", [0.0, 0.5])
def test_taste_makes_its_share_of_the_variance_of_log_sales(share: float, own: float) -> None:
    settings = replace(SIZE, creators=1_000, products=400, taste_share=share, own_taste=own)
    truth = draw_stage(settings).truth
    rates = truth.rates
    exponent = rates.click_taste + rates.cart_taste + rates.convert_taste
    all_creators, all_products = np.arange(1_000)[:, None], np.arange(400)[None, :]
    taste = exponent * match(truth, all_creators, all_products)
    others = np.log(truth.reach).var() + np.log(truth.appeal * truth.conversion).var()
    assert taste.var() / (taste.var() + others) == pytest.approx(share, abs=0.02)
    of_vectors = exponent * (truth.taste @ truth.factor.T)
    assert 1.0 - of_vectors.var() / taste.var() == pytest.approx(own, abs=0.02)


def test_the_number_of_a_pair_is_normal_and_owes_nothing_to_other_pairs() -> None:
    drawn = pair_normal(4, np.arange(500)[:, None], np.arange(400)[None, :])
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(1.0, abs=0.01)
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]) < 0.01
    assert pair_normal(4, np.asarray(17), np.asarray(23)) == drawn[17, 23]
    assert pair_normal(5, np.asarray(17), np.asarray(23)) != drawn[17, 23]


def test_spreading_keeps_the_mean_and_widens_the_logs() -> None:
    values = np.exp(np.random.default_rng(0).normal(size=1_000))
    wider = spread(values, 1.5)
    assert wider.mean() == pytest.approx(values.mean())
    assert np.log(wider).std() == pytest.approx(1.5 * np.log(values).std())
    assert spread(values, 1.0) is values


def _matches(world: World) -> tuple[Floats, Floats]:
    """Matches of the pairs that were promoted, and of all."""
    truth = world.truth
    every = match(truth, np.arange(SIZE.creators)[:, None], np.arange(SIZE.products)[None, :])
    return every[world.engagement.creator, world.engagement.product], every.ravel()


def test_creators_choose_at_random_by_taste_or_by_what_sells() -> None:
    def leaning(name: str) -> float:
        chosen, every = _matches(_world(name))
        return float((chosen.mean() - every.mean()) / every.std())

    def demand(name: str) -> float:
        world = _world(name)
        wanted = np.log(world.truth.appeal * world.truth.conversion)
        return float(wanted[world.engagement.product].mean() - wanted.mean())

    assert abs(leaning("aimless")) < 0.1
    assert leaning("default") > 0.5
    assert leaning("taste") > 1.2
    assert abs(demand("aimless")) < 0.1
    assert demand("charts") > 2 * demand("default") > 0.2


def test_what_creators_know_of_their_own_taste_shows_in_their_choices() -> None:
    def own(insight: float) -> float:
        world = _world("taste", insight=insight)
        engaged = world.engagement
        return float(pair_normal(SIZE.seed, engaged.creator, engaged.product).mean())

    assert abs(own(0.0)) < 0.1
    assert own(1.0) > 0.4


def test_promoters_halve_what_one_more_sells() -> None:
    truth = draw_stage(world_settings("crowded", SIZE)).truth
    creator, product, day = np.arange(9)[:, None], np.arange(7)[None, :], np.asarray(30)
    alone, crowded = (
        expected_orders(truth, creator, product, day, promoters=np.asarray(promoters))
        for promoters in (0, 15)
    )
    # 5 % of 300 creators.
    np.testing.assert_allclose(crowded, alone / 2.0)


def test_a_shock_holds_from_its_day_on_also_beyond_the_window() -> None:
    calm, hit = (_truth_of(replace(SIZE, shock=shock, shock_day=50)) for shock in (1.0, 0.5))
    every = np.arange(20)
    for day, factor in ((20, 1.0), (55, 0.5), (90, 0.5)):
        before, after = (expected_orders(truth, every, every, np.asarray(day)) for truth in (calm, hit))
        np.testing.assert_allclose(after, factor * before)


def _truth_of(settings: SimulationSettings) -> Truth:
    return draw_stage(settings).truth


def test_followers_grow_with_luck_and_reach_with_followers() -> None:
    world = _world("growing")
    growth = world.truth.growth
    assert growth.shape == (SIZE.creators, 60 // 7 + 1)
    assert (growth[:, 0] == 1.0).all()
    assert (np.diff(growth, axis=1) >= 0.0).all()
    assert growth[world.creators.posts_per_day == 0].max() == 1.0
    grown = int(growth[:, -1].argmax())
    plain = replace(world.truth, growth=np.ones((SIZE.creators, 1)))
    product, day = np.asarray(0), np.asarray(59)
    ratio = expected_orders(world.truth, np.asarray(grown), product, day) / expected_orders(
        plain, np.asarray(grown), product, day
    )
    assert ratio == pytest.approx(growth[grown, 59 // 7] ** 0.6)


def test_what_is_not_reported_is_zero_and_sells_all_the_same() -> None:
    default, unseen, bare = (_world(name) for name in ("default", "unseen", "bare"))
    assert unseen.engagement.views.sum() == unseen.engagement.likes.sum() == 0
    assert unseen.orders.amount.tolist() == default.orders.amount.tolist()
    assert bare.engagement.clicks.sum() == bare.engagement.carts.sum() == 0
    assert len(bare.orders.creator) > 1_000
    assert len(set(bare.products.leaf.tolist())) == len(set(bare.products.price.tolist())) == 1


def test_whales_reach_forty_times_as_many() -> None:
    plain, whales = (draw_stage(replace(SIZE, whale_share=share)).truth.reach for share in (0.0, 0.02))
    times = whales / plain
    assert set(np.round(times).tolist()) == {1.0, 40.0}
    assert 0.005 < (times > 2.0).mean() < 0.05
