from pathlib import Path

import numpy as np
import pytest

from benchmarks.feed import Feed
from benchmarks.market import Market, MarketSettings
from benchmarks.policies import (
    ByCommission,
    ByPopularity,
    K,
    Morning,
    Oracle,
    Organic,
    Policy,
    chart,
    ranked,
)
from benchmarks.trained import Night, Trained, Worth, affinity, earnings
from training.simulation.settings import SimulationSettings
from training.simulation.truth import expected_commission

SMALL = SimulationSettings(creators=50, products=40, days=43, seed=3, posts_per_week=7.0)


def by_price(night: Night) -> Worth:
    """Values a pair by the price of its product, whoever the creator."""
    price = np.tile(night.features.products["price"].to_numpy(), (len(night.features.rows), 1))
    return Worth(price, price.astype(np.float32))


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(MarketSettings(SMALL, 40))


@pytest.fixture(scope="module")
def morning(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Morning:
    folder: Path = tmp_path_factory.mktemp("policies")
    feed = Feed(folder / "export", market)
    as_of = feed.write()
    (folder / "home").mkdir()
    allowed = market.linkable() & market.joined[:, None] & ~market.promoted
    return Morning(feed.folder, folder / "home", market.day, as_of, allowed)


@pytest.mark.parametrize("name", ["organic", "popularity", "commission", "oracle", "cf", "ours"])
def test_lists_hold_only_what_is_allowed_and_nothing_twice(
    name: str, market: Market, morning: Morning
) -> None:
    policies: dict[str, Policy] = {
        "organic": Organic(),
        "popularity": ByPopularity(),
        "commission": ByCommission(),
        "oracle": Oracle(market.stage.truth),
        "cf": Trained(affinity),
        "ours": Trained(earnings, with_windows=True),
    }

    lists = policies[name].lists(morning).products

    assert lists.shape == (SMALL.creators, K)
    for creator, row in enumerate(lists):
        entries = row[row >= 0]
        assert len(set(entries.tolist())) == len(entries)
        assert morning.allowed[creator, entries].all()
        assert len(entries) == (0 if name == "organic" else min(K, morning.allowed[creator].sum()))


def test_the_chart_counts_what_was_ordered_in_the_last_week(market: Market, morning: Morning) -> None:
    units = chart(morning.export, morning.as_of, SMALL.products)
    orders = market.history.orders
    recent = (orders.ordered > 33) & (orders.ordered < 40)
    ordered = np.bincount(orders.product[recent], orders.quantity[recent], minlength=SMALL.products)

    # Some are reported late, and a few cancelled or refunded already.
    assert (units <= ordered).all()
    assert units.sum() > 0.8 * ordered.sum() > 20


def test_commission_sort_begins_with_what_earns_most_a_unit(market: Market, morning: Morning) -> None:
    earned = market.stage.products.price * market.stage.products.commission_rate
    for creator, row in enumerate(ByCommission().lists(morning).products):
        if morning.allowed[creator].any():
            assert earned[row[0]] == earned[morning.allowed[creator]].max()


def test_the_oracle_begins_with_what_truly_earns_most(market: Market, morning: Morning) -> None:
    truth, day = market.stage.truth, np.asarray(40)
    for creator, row in enumerate(Oracle(truth).lists(morning).products):
        choice = np.flatnonzero(morning.allowed[creator])
        if len(choice):
            worth = expected_commission(truth, np.asarray(creator), choice, day)
            assert row[0] == choice[worth.argmax()]


def test_worth_decides_the_order(market: Market, morning: Morning) -> None:
    price = market.stage.products.price
    for row in Trained(by_price).lists(morning).products:
        entries = row[row >= 0]
        assert (np.diff(price[entries]) <= 0).all()


def test_ranking_is_by_score_then_number() -> None:
    allowed = np.array([[True, True, True, True], [True, False, True, False]])

    lists = ranked(np.array([1.0, 3.0, 3.0, 2.0]), allowed)

    assert lists[:, :5].tolist() == [[1, 2, 3, 0, -1], [2, 0, -1, -1, -1]]
