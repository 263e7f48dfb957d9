from pathlib import Path

import numpy as np
import pytest

from features.engine import Engine, open_engine
from features.shoppers import build_shoppers
from recsys.campaign import Shoppers
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 40 * DAY
CREATORS: list[Row] = [{"creator_id": name} for name in ("ann", "bob", "zoe")]
PRODUCTS: list[Row] = [
    {"product_id": "pan", "brand_id": "home"},
    {"product_id": "pot", "brand_id": "home"},
    {"product_id": "tea", "brand_id": "drinks"},
]


def _sale(buyer: str | None, creator: str, product: str, days_ago: float = 20, **given: object) -> Row:
    row = {"buyer_id": buyer, "creator_id": creator, "product_id": product, "quantity": 1}
    return {**row, "ordered_at": NOW - round(days_ago * DAY), **given}


def _shoppers(tmp_path: Path, engine: Engine, *sales: Row) -> Shoppers:
    facts = facts_of(tmp_path, engine, creators=CREATORS, products=PRODUCTS, sales=list(sales))
    snapshot = facts.at(NOW)
    products = engine.table(f"SELECT * FROM {snapshot.products} ORDER BY product_index")
    return build_shoppers(snapshot, products, 14 * DAY)


def _counts(found: Shoppers) -> tuple[list[float], list[float]]:
    """How many shoppers each creator and each brand (drinks, home) has."""
    sizes = found.sizes.astype(np.float64)
    return found.by_creator.sums(sizes).tolist(), found.by_brand.sums(sizes).tolist()


def test_shoppers_are_counted_once_by_creator_and_by_brand(tmp_path: Path, engine: Engine) -> None:
    found = _shoppers(
        tmp_path,
        engine,
        _sale("x", "ann", "pan"),
        _sale("x", "ann", "pot"),
        _sale("x", "bob", "tea"),
        _sale("y", "ann", "pan"),
        _sale(None, "zoe", "tea"),
    )
    assert _counts(found) == ([2, 1, 0], [1, 2])
    assert found.units_each == 1.0


def test_shoppers_of_the_same_creators_and_brands_are_one_kind(tmp_path: Path, engine: Engine) -> None:
    found = _shoppers(tmp_path, engine, *(_sale(f"b{n}", "ann", "pan") for n in range(7)))
    assert found.sizes.tolist() == [7]
    assert found.by_creator.members.tolist() == [0]


def test_what_came_back_was_not_bought(tmp_path: Path, engine: Engine) -> None:
    found = _shoppers(tmp_path, engine, _sale("x", "ann", "pan", status="CANCELLED"))
    assert _counts(found) == ([0, 0, 0], [0, 0])
    assert (found.units_each, found.interest) == (1.0, 1.0)


def test_units_each_are_of_a_product_through_a_creator(tmp_path: Path, engine: Engine) -> None:
    found = _shoppers(
        tmp_path,
        engine,
        _sale("x", "ann", "pan", quantity=2),
        _sale("x", "ann", "pan", 3),
        _sale("y", "bob", "tea"),
    )
    assert found.units_each == 2.0


def test_interest_is_the_share_of_known_shoppers_who_buy_within_a_horizon(
    tmp_path: Path, engine: Engine
) -> None:
    found = _shoppers(
        tmp_path,
        engine,
        *(_sale(buyer, "ann", "pan", 20) for buyer in "wxyz"),
        _sale("w", "bob", "tea", 5),
        _sale("new", "bob", "tea", 5),
    )
    assert found.interest == 0.25


def test_the_bytes_do_not_depend_on_what_buyers_are_called(tmp_path: Path) -> None:
    states = []
    for names in (("x", "y", "z"), ("z", "a", "m")):
        folder = tmp_path / names[0]
        folder.mkdir()
        with open_engine(folder / "work") as engine:
            one, two, three = names
            sales = (
                _sale(one, "ann", "pan"),
                _sale(two, "bob", "tea"),
                _sale(two, "ann", "tea"),
                _sale(three, "bob", "pot"),
            )
            states.append(_shoppers(folder, engine, *sales))
    for part in ("by_creator", "by_brand"):
        for field in ("starts", "members"):
            first, second = (getattr(getattr(state, part), field).tobytes() for state in states)
            assert first == second
    assert states[0].sizes.tobytes() == states[1].sizes.tobytes()


def test_no_buyer_id_is_left_in_the_facts(tmp_path: Path, engine: Engine) -> None:
    facts_of(tmp_path, engine, creators=CREATORS, products=PRODUCTS, sales=[_sale("x", "ann", "pan")])
    (hashed,) = engine.rows("SELECT buyer_id FROM facts_sales")[0]
    assert hashed != "x"
    assert len(str(hashed)) == 40


@pytest.mark.parametrize("n", [0, 300])
def test_any_number_of_buyers(tmp_path: Path, engine: Engine, n: int) -> None:
    rng = np.random.default_rng(n)
    bought = {
        (
            f"b{rng.integers(80)}",
            ("ann", "bob", "zoe")[rng.integers(3)],
            ("pan", "pot", "tea")[rng.integers(3)],
        )
        for _ in range(n)
    }
    found = _shoppers(tmp_path, engine, *(_sale(*one) for one in sorted(bought)))
    by_creator = [len({b for b, c, _ in bought if c == creator}) for creator in ("ann", "bob", "zoe")]
    by_brand = [len({b for b, _, p in bought if (p == "tea") == drinks}) for drinks in (True, False)]
    assert _counts(found) == (by_creator, by_brand)
