"""Places of what is scarce, and prices where promoters take sales from each other."""

import numpy as np
import pytest

from recsys.arrays import Float64
from recsys.clearing.crowd import Crowd
from recsys.clearing.giving import Placed, Wishes, give_places
from recsys.clearing.places import Places


def wishes(seed: int, n_creators: int = 300, n_products: int = 40) -> Wishes:
    rng = np.random.default_rng(seed)
    products = np.array(
        [rng.permutation(n_products)[: n_products - 5] for _ in range(n_creators)], dtype=np.int32
    )
    units = (rng.lognormal(0, 1, (n_creators, 1)) * rng.pareto(1.5, n_products)[products]).astype(np.float32)
    earnings = (units * rng.uniform(1, 9, n_products)[products]).astype(np.float32)
    return Wishes(np.arange(n_creators, dtype=np.int32), n_creators, products, earnings, units)


def calm(n_products: int = 40) -> Crowd:
    return Crowd(np.inf, np.zeros(n_products), 0.25)


def expected_units(asked: Wishes, lists: np.ndarray, n_products: int = 40) -> Float64:
    total = np.zeros(n_products)
    for creator, products in enumerate(lists):
        for product in products[products >= 0]:
            total[product] += asked.units[creator, asked.products[creator] == product][0]
    return total


def test_what_is_plenty_has_no_price_and_leaves_lists_as_they_are() -> None:
    placed = give_places(wishes(0), np.full(40, np.inf), calm())
    assert not placed.places.scarce.any()
    assert placed.places.price(np.arange(40, dtype=np.int32), np.ones(40)).tolist() == [0.0] * 40
    assert (placed.before == placed.after).all()
    assert (placed.beside_others == 1.0).all()


@pytest.mark.parametrize("seed", range(3))
def test_all_lists_together_never_pass_the_stock(seed: int) -> None:
    asked = wishes(seed)
    rng = np.random.default_rng(seed)
    stock = np.where(rng.random(40) < 0.6, rng.integers(0, 60, 40).astype(np.float64), np.inf)
    placed = give_places(asked, stock, calm())
    assert (expected_units(asked, placed.before) > stock).any()
    assert (expected_units(asked, placed.after) <= stock).all()
    # Nor do all who may have it, on however long a list.
    open_to = placed.places.open(asked.creators, np.arange(40, dtype=np.int32))
    scarce = np.flatnonzero(placed.places.scarce)
    for product in scarce.tolist():
        given = sum(
            float(asked.units[creator, asked.products[creator] == product].sum())
            for creator in np.flatnonzero(open_to[:, product])
        )
        assert given <= stock[product]
    assert open_to[:, ~placed.places.scarce].all()


def test_where_promoters_take_sales_from_each_other_lists_spread_and_tell_less() -> None:
    asked = wishes(1, n_products=200)
    crowded = Crowd(20.0, np.zeros(200), 0.25)
    placed = give_places(asked, np.full(200, np.inf), crowded)
    found = placed.metrics()
    assert found["places/greatest_share_after"] < found["places/greatest_share_before"] - 0.1
    assert earned(asked, placed.after, crowded) > 1.05 * earned(asked, placed.before, crowded)
    assert placed.beside_others.min() < 0.8


def earned(asked: Wishes, lists: np.ndarray, crowd: Crowd) -> float:
    """When all follow at once."""
    alone, on = np.zeros(200), np.zeros(200)
    for creator, products in enumerate(lists):
        for product in products[products >= 0]:
            alone[product] += asked.earnings[creator, asked.products[creator] == product][0]
            on[product] += 1
    return float((alone / (1 + on * crowd.followed / crowd.halved_at)).sum())


def test_a_crowd_like_the_one_of_before_takes_nothing_off() -> None:
    asked = wishes(2)
    crowd = Crowd(20.0, np.full(40, 1_000.0), 0.25)
    placed = give_places(asked, np.full(40, np.inf), crowd)
    assert (placed.beside_others == 1.0).all()


def test_places_come_back_from_their_arrays() -> None:
    stock = np.full(40, 30.0)
    places = give_places(wishes(3), stock, calm()).places
    again = Places.from_state(places.state())
    creators, products = np.arange(300, dtype=np.int32), np.arange(40, dtype=np.int32)
    assert (again.open(creators, products) == places.open(creators, products)).all()
    assert (again.price(products, np.ones(40)) == places.price(products, np.ones(40))).all()


def test_lists_of_nobody_are_no_lists() -> None:
    nobody = Wishes(
        np.zeros(0, dtype=np.int32),
        3,
        np.zeros((0, 2), dtype=np.int32),
        np.zeros((0, 2), dtype=np.float32),
        np.zeros((0, 2), dtype=np.float32),
    )
    placed: Placed = give_places(nobody, np.array([1.0, np.inf]), Crowd(np.inf, np.zeros(2), 0.2))
    assert placed.metrics()["places/lists"] == 0
