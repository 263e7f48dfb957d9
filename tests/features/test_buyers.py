from pathlib import Path

import numpy as np

from features.build import build_features
from features.buyers import build_audience
from features.engine import Engine, open_engine
from features.facts import Facts
from features.settings import MarketplaceSettings
from recsys.arrays import CSR
from recsys.audience import Audience
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

SETTINGS = MarketplaceSettings(horizon_days=14.0, half_life_days=10.0)
NOW = START + 40 * DAY
CREATORS: list[Row] = [{"creator_id": name} for name in ("ann", "bob", "cyd", "zoe")]
# In the order of products, Home is category 0, Beauty 1 and Food 2.
PRODUCTS: list[Row] = [
    {"product_id": "pan", "category": "Home"},
    {"product_id": "soap", "category": "Beauty"},
    {"product_id": "tea", "category": "Food"},
    {"product_id": "vase", "category": "Home"},
]


def _sale(buyer: str | None, creator: str, product: str, quantity: int = 1, **given: object) -> Row:
    row = {"buyer_id": buyer, "creator_id": creator, "product_id": product, "quantity": quantity}
    return {**row, "ordered_at": NOW - 10 * DAY, **given}


def _facts(tmp_path: Path, engine: Engine, *sales: Row) -> Facts:
    return facts_of(tmp_path, engine, creators=CREATORS, products=PRODUCTS, sales=list(sales))


def _build(tmp_path: Path, engine: Engine, *sales: Row) -> Audience:
    return _at(_facts(tmp_path, engine, *sales), NOW)


def _at(facts: Facts, as_of: int) -> Audience:
    snapshot = facts.at(as_of)
    return build_audience(snapshot, build_features(snapshot, SETTINGS).products)


def _same_bits(first: Audience, second: Audience) -> None:
    assert first.buyers.nnz > 0
    for one, other in ((first.buyers, second.buyers), (first.units, second.units)):
        for part in ("data", "indices", "indptr"):
            assert getattr(one, part).tobytes() == getattr(other, part).tobytes()


def _cells(matrix: CSR) -> dict[tuple[str, str], int]:
    """The stored counts by creator and category."""
    assert matrix.shape == (4, 3)
    creators, categories = matrix.nonzero()
    cells = zip(creators.tolist(), categories.tolist(), matrix.data.tolist(), strict=True)
    names = ("Home", "Beauty", "Food")
    return {(str(CREATORS[row]["creator_id"]), names[column]): int(count) for row, column, count in cells}


def test_purchases_from_others_by_category(tmp_path: Path, engine: Engine) -> None:
    audience = _build(
        tmp_path,
        engine,
        _sale("u", "ann", "soap", 2),
        _sale("u", "bob", "pan", 3),
        _sale("u", "cyd", "vase", 4),
        _sale("v", "ann", "tea"),
        _sale("v", "bob", "pan", 5),
        _sale("w", "zoe", "tea"),
    )
    # u and v are of ann's buyers; of bob's too, and of those both bought from ann.
    assert _cells(audience.buyers) == {
        ("ann", "Home"): 2, ("bob", "Home"): 1, ("bob", "Beauty"): 1, ("bob", "Food"): 1,
        ("cyd", "Home"): 1, ("cyd", "Beauty"): 1,
    }  # fmt: skip
    assert _cells(audience.units) == {
        ("ann", "Home"): 12, ("bob", "Home"): 4, ("bob", "Beauty"): 2, ("bob", "Food"): 1,
        ("cyd", "Home"): 3, ("cyd", "Beauty"): 2,
    }  # fmt: skip


def test_the_creators_own_sales_do_not_count(tmp_path: Path, engine: Engine) -> None:
    audience = _build(
        tmp_path,
        engine,
        _sale("u", "ann", "pan", 7),
        _sale("u", "ann", "tea", 2),
        _sale("u", "bob", "vase", 1),
    )
    assert _cells(audience.units) == {("ann", "Home"): 1, ("bob", "Home"): 7, ("bob", "Food"): 2}


def test_what_came_back_counts_neither_as_buying_from_the_creator_nor_from_others(
    tmp_path: Path, engine: Engine
) -> None:
    audience = _build(
        tmp_path,
        engine,
        # Nothing is left of what u bought from ann, of what v bought from bob, and of w's order.
        _sale("u", "ann", "soap", 2, refunded_quantity=2),
        _sale("u", "bob", "pan"),
        _sale("v", "ann", "soap"),
        _sale("v", "bob", "pan", 3, refunded_quantity=3),
        _sale("w", "ann", "soap"),
        _sale("w", "bob", "pan", status="CANCELLED"),
        # Two of three stayed.
        _sale("x", "zoe", "soap"),
        _sale("x", "bob", "tea", 3, refunded_quantity=1),
    )
    assert _cells(audience.units) == {("bob", "Beauty"): 1, ("zoe", "Food"): 2}


def test_a_buyer_of_several_purchases_counts_once(tmp_path: Path, engine: Engine) -> None:
    audience = _build(
        tmp_path,
        engine,
        _sale("u", "ann", "soap"),
        _sale("u", "ann", "tea"),
        _sale("u", "bob", "pan", 2),
        _sale("u", "bob", "pan", 3),
        _sale("u", "cyd", "vase", 4),
    )
    assert _cells(audience.buyers)["ann", "Home"] == 1
    assert _cells(audience.units)["ann", "Home"] == 9


def test_unknown_buyers_are_no_buyer(tmp_path: Path, engine: Engine) -> None:
    audience = _build(
        tmp_path,
        engine,
        _sale(None, "ann", "soap"),
        _sale(None, "bob", "pan"),
        _sale("", "ann", "soap"),
        _sale("", "bob", "pan"),
        _sale("u", "ann", "soap"),
    )
    assert (audience.buyers.nnz, audience.units.nnz) == (0, 0)


def test_without_buyer_ids_there_is_no_audience(tmp_path: Path, engine: Engine) -> None:
    sales: list[Row] = [{"creator_id": name, "product_id": "pan"} for name in ("ann", "bob")]
    audience = _build(tmp_path, engine, *sales)
    assert _cells(audience.buyers) == _cells(audience.units) == {}


def test_nothing_after_the_instant_is_told(tmp_path: Path, engine: Engine) -> None:
    sales = (
        _sale("u", "ann", "soap"),
        _sale("u", "bob", "pan", 2),
        # Bought, or sent back, only after the instant.
        _sale("u", "cyd", "pan", 5, ordered_at=NOW - DAY),
        _sale("u", "bob", "tea", 4, sale_id="tea"),
        _sale("u", "bob", "tea", 4, sale_id="tea", refunded_quantity=4, updated_at=NOW - DAY),
    )
    facts = _facts(tmp_path, engine, *sales)
    then, now = _at(facts, NOW - 2 * DAY), _at(facts, NOW)
    assert _cells(then.units) == {("ann", "Home"): 2, ("ann", "Food"): 4, ("bob", "Beauty"): 1}
    assert _cells(now.units)["ann", "Home"] == 7
    assert ("ann", "Food") not in _cells(now.units)
    _same_bits(_at(facts, NOW - 2 * DAY), then)


def test_neither_order_nor_repetition_of_sales_nor_threads_change_a_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    creators = [str(row["creator_id"]) for row in CREATORS]
    products = [str(row["product_id"]) for row in PRODUCTS]
    sales = [
        _sale(
            f"u{rng.integers(20)}", str(rng.choice(creators)), str(rng.choice(products)), sale_id=f"s{place}"
        )
        for place in range(200)
    ]
    built = []
    for threads in (1, 4):
        with open_engine(tmp_path / "work") as engine:
            engine.run(f"SET threads = {threads}")
            built.append(_build(tmp_path / str(threads), engine, *sales))
        sales = [sales[place] for place in rng.permutation(len(sales))] + sales[:60]
    _same_bits(*built)


def test_by_brute_force(tmp_path: Path, engine: Engine) -> None:
    rng = np.random.default_rng(5)
    names, category_of = (
        [str(row["creator_id"]) for row in CREATORS],
        {str(row["product_id"]): str(row["category"]) for row in PRODUCTS},
    )
    sales = [
        _sale(
            f"u{rng.integers(15)}", str(rng.choice(names)), str(rng.choice(list(category_of))), 1 + place % 3
        )
        for place in range(80)
    ]
    audience = _build(tmp_path, engine, *sales)
    buyers: dict[tuple[str, str], set[object]] = {}
    units: dict[tuple[str, str], int] = {}
    for creator in names:
        own = {sale["buyer_id"] for sale in sales if sale["creator_id"] == creator}
        for sale in sales:
            if sale["creator_id"] != creator and sale["buyer_id"] in own:
                cell = creator, category_of[str(sale["product_id"])]
                buyers.setdefault(cell, set()).add(sale["buyer_id"])
                units[cell] = units.get(cell, 0) + int(str(sale["quantity"]))
    assert _cells(audience.buyers) == {cell: len(found) for cell, found in buyers.items()}
    assert _cells(audience.units) == units
