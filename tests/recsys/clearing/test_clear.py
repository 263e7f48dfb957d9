from dataclasses import replace

import numpy as np
import pytest

from benchmarks.clearing_markets import best_in_parts, random_market
from recsys.clearing.clear import clear
from recsys.clearing.filling import fill
from recsys.clearing.market import Market
from recsys.clearing.prices import Prices, sampled_prices, wanted
from recsys.errors import UsageError


def small(values: list[list[float]], capacity: list[float], halved_at: float = np.inf) -> Market:
    """Every creator may promote every product, once, and sells one unit."""
    worth = np.array(values, dtype=np.float32)
    products = np.tile(np.arange(worth.shape[1], dtype=np.int32), (len(worth), 1))
    limits = np.array(capacity), np.full(worth.shape[1], halved_at)
    return Market(products, worth, np.ones_like(worth), *limits, places=1)


def test_the_one_unit_goes_to_whom_it_helps_most_beyond_what_else_there_is() -> None:
    market = small([[10.0, 9.0], [8.0, 1.0]], [1.0, 1.0])
    cleared = clear(market)
    # The first gains 1 by having the first product, the second 7.
    np.testing.assert_array_equal(cleared.chosen, [[False, True], [True, False]])
    assert cleared.worth == 17.0
    assert cleared.prices.of_unit[0] > cleared.prices.of_unit[1]


def test_without_capacities_lists_are_as_if_alone() -> None:
    market = replace(random_market(3), capacity=np.full(len(random_market(3).capacity), np.inf))
    alone = wanted(market.values, market.places)
    np.testing.assert_array_equal(clear(market).chosen, alone)


def test_what_a_crowd_sells_is_less_so_the_crowd_spreads() -> None:
    market = small([[10.0, 9.0]] * 40, [np.inf, np.inf], halved_at=10.0)
    alone = wanted(market.values, 1)
    cleared = clear(market)
    # Forty on one product sell a fifth each: 80 in all; twenty on each a third, about 127.
    assert market.worth(alone) == pytest.approx(80.0)
    assert cleared.worth > 1.5 * market.worth(alone)
    assert market.promoters(cleared.chosen).max() < 30


@pytest.mark.parametrize("seed", range(4))
def test_lists_are_worth_nearly_what_the_linear_programme_finds_and_pass_no_capacity(seed: int) -> None:
    market = random_market(seed)
    cleared = clear(market)
    assert (market.load(cleared.chosen) <= market.capacity * (1 + 1e-9)).all()
    assert cleared.chosen.sum(axis=1).max() <= market.places
    assert cleared.worth == pytest.approx(market.worth(cleared.chosen))
    assert cleared.worth >= 0.98 * best_in_parts(market)


def test_a_product_without_stock_is_on_no_list() -> None:
    market = random_market(5)
    empty = replace(market, capacity=np.where(np.arange(market.n_products) == 0, 0.0, market.capacity))
    assert empty.promoters(clear(empty).chosen)[0] == 0


def test_large_requests_do_not_bar_small_ones_behind_them() -> None:
    market = replace(small([[10.0], [1.0]], [2.0]), units=np.array([[3.0], [1.0]], dtype=np.float32))
    np.testing.assert_array_equal(fill(market, Prices.none(1)), [[False], [True]])


def test_prices_of_a_part_of_the_creators_are_about_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    market = random_market(7)
    whole = fill(market, sampled_prices(market))
    monkeypatch.setattr("recsys.clearing.prices._ENOUGH", market.products.size // 2)
    part = fill(market, sampled_prices(market))
    assert market.worth(part) > 0.9 * market.worth(whole)


def test_markets_that_do_not_fit_together_are_refused() -> None:
    market = random_market(1)
    with pytest.raises(UsageError, match="differ in shape"):
        replace(market, values=market.values[:, 1:])
    with pytest.raises(UsageError, match="places must be at least 1"):
        replace(market, places=0)
