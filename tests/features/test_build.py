import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from math import log2
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.as_of import set_aside_future
from features.build import FeatureSet, build_features
from features.buyers import build_audience
from features.engine import Engine, open_engine
from features.exposure import first_shown, shown_pairs
from features.facts import collapse
from features.labels import first_commission, first_sales, promoting_creators, read_outcomes, sold_by_age
from features.samples import read_applications
from features.settings import MarketplaceSettings
from features.shoppers import build_shoppers
from features.validation import validate
from features.weighting import DEFAULT_WEIGHTS, AffinityFunction
from recsys.arrays import CSR
from tests.exports import DAY, START, Row, write_tables
from tests.features.reading import facts_of

SETTINGS = MarketplaceSettings(horizon_days=14.0, half_life_days=10.0)
NOW = START + 40 * DAY


def _build(engine: Engine, data: Path, as_of: int = NOW) -> FeatureSet:
    validate(engine, data).require(0.0)
    return build_features(collapse(engine).at(as_of), SETTINGS)


def _days_ago(days: float) -> int:
    return NOW - round(days * DAY)


SALES: list[Row] = [
    {"sale_id": "1", "creator_id": "ann", "product_id": "soap", "quantity": 4, "ordered_at": _days_ago(10)},
    {"sale_id": "2", "creator_id": "ann", "product_id": "pan", "quantity": 2, "ordered_at": _days_ago(0)},
    {"sale_id": "3", "creator_id": "bob", "product_id": "soap", "quantity": 8, "ordered_at": _days_ago(10)},
    {"sale_id": "4", "creator_id": "bob", "product_id": "pan", "quantity": 3, "refunded_quantity": 3,
     "ordered_at": _days_ago(5)},
]  # fmt: skip
ENGAGEMENT: list[Row] = [
    {"creator_id": "bob", "product_id": "tea", "views": 64, "product_clicks": 0,
     "period_start": _days_ago(10), "updated_at": _days_ago(8)},
    {"creator_id": "ann", "product_id": "soap", "views": 192, "product_clicks": 0,
     "period_start": _days_ago(10), "updated_at": _days_ago(8)},
]  # fmt: skip
CREATORS: list[Row] = [{"creator_id": name} for name in ("zoe", "bob", "ann")]
PRODUCTS: list[Row] = [
    {"product_id": "tea", "category": "Food/Tea"},
    {"product_id": "soap", "category": "Beauty"},
    {"product_id": "pan", "category": "Home"},
    {"product_id": "new", "category": "Home"},
]
TABLES: dict[str, list[Row]] = {
    "creators": CREATORS,
    "products": PRODUCTS,
    "sales": SALES,
    "engagement": ENGAGEMENT,
}


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> FeatureSet:
    folder = tmp_path_factory.mktemp("small")
    with open_engine(folder / "work") as engine:
        return _build(engine, write_tables(folder / "export", TABLES))


def test_ids_are_in_the_order_of_their_bytes_and_nobody_is_left_out(features: FeatureSet) -> None:
    assert features.affinity.creators.ids() == ["ann", "bob", "zoe"]
    assert features.affinity.products.ids() == ["new", "pan", "soap", "tea"]
    assert features.creators["creator_id"].to_pylist() == ["ann", "bob", "zoe"]
    assert features.products["product_id"].to_pylist() == ["new", "pan", "soap", "tea"]


def test_the_affinity_matrix_by_hand(features: FeatureSet) -> None:
    # Units are 2 and 2 (ann), 4 (bob), decayed; views 96 and 32: medians 2 and 64.
    assert features.affinity_function.scales["units"] == 2.0
    assert features.affinity_function.scales["views"] == 64.0
    ann_soap = 4 * log2(1 + 2 / 2) + 0.1 * log2(1 + 96 / 64)
    expected: list[list[float]] = [
        [0, 4 * log2(1 + 2 / 2), ann_soap, 0],
        [0, 0, 4 * log2(1 + 4 / 2), 0.1 * log2(1 + 32 / 64)],
        [0, 0, 0, 0],
    ]
    np.testing.assert_allclose(features.affinity.values.toarray(), expected, rtol=1e-6)


def test_other_weights_by_hand(features: FeatureSet) -> None:
    weighed = features.with_weights({"units": 2.0, "views": 1.0, "product_clicks": 5.0})
    expected: list[list[float]] = [
        [0, 2 * log2(1 + 2 / 2), 2 * log2(1 + 2 / 2) + log2(1 + 96 / 64), 0],
        [0, 0, 2 * log2(1 + 4 / 2), log2(1 + 32 / 64)],
        [0, 0, 0, 0],
    ]
    np.testing.assert_allclose(weighed.affinity.values.toarray(), expected, rtol=1e-6)
    assert weighed.affinity_function.scales == features.affinity_function.scales
    assert weighed.training_data.rows.affinity is weighed.affinity.values


def test_squared_weights_are_summed_up_beside_the_weights(features: FeatureSet) -> None:
    pairs = features.pairs
    assert sorted(pairs.squares) == ["units", "views"]
    # ann's pan, sold today, and soap, a half-life ago; bob's pan, soap and tea, likewise.
    np.testing.assert_allclose(pairs.channels["units"], [2, 4 / 2, 0, 8 / 2, 0])
    np.testing.assert_allclose(pairs.squares["units"], [2, 4 / 4, 0, 8 / 4, 0])
    np.testing.assert_allclose(pairs.squares["views"], [0, 192 / 4, 0, 0, 64 / 4])


def test_what_weighs_nothing_leaves_no_entry(features: FeatureSet) -> None:
    sales_only = features.with_weights({**DEFAULT_WEIGHTS, "views": 0.0}).affinity.values
    assert sales_only.nnz == 3
    assert features.affinity.values.nnz == 4


def test_a_refunded_pair_leaves_no_trace(features: FeatureSet) -> None:
    assert features.affinity.values.nnz == 4
    assert features.sold_units.nnz == 3


def test_sold_units_are_net_and_undecayed(features: FeatureSet) -> None:
    assert features.sold_units.toarray().tolist() == [[0, 2, 4, 0], [0, 0, 8, 0], [0, 0, 0, 0]]


def test_products_carry_their_momentum_and_zeros_where_nothing_sold(features: FeatureSet) -> None:
    columns = ["product_id", "recent_units", "earlier_units"]
    assert [tuple(row.values()) for row in features.products.select(columns).to_pylist()] == [
        ("new", 0, 0),
        ("pan", 2, 0),
        ("soap", 0, 12),
        ("tea", 0, 0),
    ]
    trend = features.training_data.trend
    np.testing.assert_allclose(trend, [0, 2, 12 * 0.5 ** (10 / 7), 0], rtol=1e-5)


def test_creators_carry_what_is_left_of_the_money_of_late(features: FeatureSet, tmp_path: Path) -> None:
    # ann's pan of today; her soap is ten days old, and bob's pan came back.
    assert features.creators["recent_gmv"].to_pylist() == [Decimal(10), 0, 0]
    sales: list[Row] = [
        {"sale_id": "1", "creator_id": "bob", "product_id": "pan", "quantity": 4, "amount": 10.1,
         "refunded_quantity": 1, "ordered_at": _days_ago(7) + 1},
        {"sale_id": "2", "creator_id": "bob", "product_id": "pan", "amount": 3, "ordered_at": _days_ago(7)},
        {"sale_id": "3", "creator_id": "zoe", "product_id": "tea", "amount": 5, "status": "CANCELLED",
         "ordered_at": _days_ago(1)},
        {"sale_id": "4", "creator_id": "bob", "product_id": "tea", "amount": 7, "ordered_at": _days_ago(1)},
    ]  # fmt: skip
    with open_engine(tmp_path / "work") as engine:
        found = _build(engine, write_tables(tmp_path / "export", {**TABLES, "sales": sales}))
    assert found.creators["recent_gmv"].to_pylist() == [0, Decimal("14.575"), 0]


def test_attributes_are_aligned_with_the_ids(features: FeatureSet) -> None:
    held = features.product_attributes
    tea = {held.names[place] for place in held.values[[3]].indices.tolist()}
    assert {"category1=Food", "category2=Food/Tea"} <= tea
    assert features.creator_attributes.values.shape[0] == 3
    assert len(features.rows) == 3


def test_a_market_without_history_has_empty_matrices(tmp_path: Path, engine: Engine) -> None:
    tables: dict[str, list[Row]] = {"creators": CREATORS, "products": PRODUCTS}
    features = _build(engine, write_tables(tmp_path / "export", tables))
    assert features.affinity.values.shape == (3, 4)
    assert features.affinity.values.nnz == features.sold_units.nnz == 0
    assert features.training_data.trend.tolist() == [0, 0, 0, 0]


def _random_tables(seed: int, n: int = 400) -> dict[str, list[Row]]:
    rng = np.random.default_rng(seed)
    creators, products = [f"c{number}" for number in range(12)], [f"p{number}" for number in range(9)]
    sales: list[Row] = []
    for number in range(n):
        ordered = START + int(rng.integers(0, 60 * DAY))
        quantity = int(rng.integers(1, 5))
        sale = {
            "sale_id": f"s{number}",
            "creator_id": str(rng.choice(creators)),
            "product_id": str(rng.choice(products)),
            "ordered_at": ordered,
            "quantity": quantity,
            "buyer_id": f"b{number % 40}" if number % 5 else None,
            "amount": round(float(rng.gamma(2, 20)), 2),
        }
        sales.append({**sale, "updated_at": ordered})
        if rng.random() < 0.3:
            refunded = {"refunded_quantity": int(rng.integers(1, quantity + 1))}
            sales.append({**sale, **refunded, "updated_at": ordered + int(rng.integers(0, 20 * DAY))})
    engagement: list[Row] = [
        {
            "creator_id": str(rng.choice(creators)),
            "product_id": str(rng.choice(products)),
            "period_start": START + int(rng.integers(0, 60)) * DAY,
            "views": int(rng.integers(0, 10_000)),
            "product_clicks": int(rng.integers(0, 100)),
            "updated_at": None,
        }
        for _ in range(n)
    ]
    return {
        "creators": [{"creator_id": name} for name in creators],
        "products": [{"product_id": name} for name in products],
        "sales": sales,
        "engagement": engagement,
    }


def _same_bits(first: FeatureSet, second: FeatureSet) -> None:
    def matrices(features: FeatureSet) -> Sequence[CSR]:
        return features.affinity.values, features.sold_units, features.product_attributes.values

    for one, other in zip(matrices(first), matrices(second), strict=True):
        for part in ("data", "indices", "indptr"):
            assert getattr(one, part).tobytes() == getattr(other, part).tobytes()
    assert first.products.equals(second.products)
    assert first.creators.equals(second.creators)
    assert first.affinity_function == second.affinity_function


@pytest.mark.parametrize("seed", [1, 2])
def test_weighing_again_is_building_with_those_weights(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    weights = {**DEFAULT_WEIGHTS, "views": 0.0, "product_clicks": 1.6}
    data = write_tables(tmp_path / "export", _random_tables(seed))
    validate(engine, data).require(0.0)
    now = collapse(engine).at(NOW)
    usual = build_features(now, SETTINGS)
    fitted = AffinityFunction.fitted
    monkeypatch.setattr(AffinityFunction, "fitted", lambda totals: fitted(totals, weights))
    built = build_features(now, SETTINGS)

    _same_bits(usual.with_weights(weights), built)
    _same_bits(built.with_weights(DEFAULT_WEIGHTS), usual)


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_after_the_instant_is_read(tmp_path: Path, seed: int) -> None:
    tables = _random_tables(seed)
    as_of = START + 35 * DAY + 12_345

    def known(name: str, row: Row) -> bool:
        if name == "engagement":
            return int(str(row["period_start"])) + DAY <= as_of
        return name != "sales" or int(str(row["updated_at"])) <= as_of

    past = {name: [row for row in rows if known(name, row)] for name, rows in tables.items()}
    assert len(past["sales"]) < len(tables["sales"])
    built = []
    for place, given in enumerate((tables, past)):
        with open_engine(tmp_path / "work") as engine:
            data = write_tables(tmp_path / str(place), given)
            validate(engine, data).require(0.0)
            assert (set_aside_future(engine, as_of) > 0) == (given is tables)
            built.append(build_features(collapse(engine).at(as_of), SETTINGS))
    _same_bits(*built)


def test_neither_order_nor_repetition_of_rows_nor_threads_change_a_bit(tmp_path: Path) -> None:
    tables = _random_tables(3)
    rng = np.random.default_rng(0)
    built = []
    for threads in (1, 4):
        with open_engine(tmp_path / "work") as engine:
            engine.run(f"SET threads = {threads}")
            built.append(_build(engine, write_tables(tmp_path / str(threads), tables)))
        tables = {
            name: [rows[place] for place in rng.permutation(len(rows))] + rows[: len(rows) // 3]
            for name, rows in tables.items()
        }
    _same_bits(*built)


def test_features_of_an_instant_do_not_depend_on_what_else_was_built(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(tmp_path, engine, **_random_tables(4))
    early = build_features(facts.at(NOW - 20 * DAY), SETTINGS)
    build_features(facts.at(NOW), SETTINGS)
    _same_bits(build_features(facts.at(NOW - 20 * DAY), SETTINGS), early)


def test_features_ask_nothing_but_selects(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that another engine can hold the tables: how a result is kept is the engine's own affair."""
    validate(engine, write_tables(tmp_path / "export", TABLES)).require(0.0)
    asked = record_queries(monkeypatch)
    facts = collapse(engine)
    earlier, now = facts.at(NOW - 20 * DAY), facts.at(NOW)
    features = build_features(now, SETTINGS)
    first_sales(earlier, now)
    first_commission(earlier, now)
    promoting_creators(now, NOW - 20 * DAY, NOW)
    read_outcomes(now, NOW - 20 * DAY, NOW - 13 * DAY, 14 * DAY, None)
    sold_by_age(now, NOW - 30 * DAY, NOW - 14 * DAY, 14 * DAY, 7)
    shown_pairs(now, NOW - 20 * DAY, NOW)
    first_shown(now, NOW - 20 * DAY, NOW)
    build_audience(now, features.products)
    build_shoppers(now, features.products, 14 * DAY)
    read_applications(now)

    assert len(asked) > 20
    assert {sql.split()[0].strip("(") for sql in asked} <= {"SELECT", "WITH"}
    of_duckdb = re.compile(r"\b(CREATE|EXCLUDE|QUALIFY|PRAGMA|read_\w+|duckdb_\w+|list_\w+)\b|::")
    assert not [sql for sql in asked if of_duckdb.search(sql)]


def record_queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that the engine is asked with from now on; `run` is for its own statements alone."""
    asked: list[str] = []

    def recording(method: Callable[..., object], place: int) -> Callable[..., object]:
        def ask(engine: Engine, *texts: str) -> object:
            asked.append(texts[place].strip())
            return method(engine, *texts)

        return ask

    for name, place in (("run", 0), ("materialise", 1), ("table", 0), ("rows", 0)):
        monkeypatch.setattr(Engine, name, recording(getattr(Engine, name), place))
    return asked


def test_tables_are_arrow_with_exact_prices(features: FeatureSet) -> None:
    assert features.products.schema.field("price").type == pa.decimal128(18, 4)
