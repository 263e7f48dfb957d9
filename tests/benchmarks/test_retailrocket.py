import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.convert import convert
from tests.benchmarks.conftest import RealExport
from tests.benchmarks.exports import column, rows, seconds, utc, write_tsv


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write_tsv(
        tmp_path / "retailrocket" / "events.tsv",
        "user item behaviour ts",
        (7, 1, "view", seconds("2015-05-03 10:00:00")),
        (7, 1, "view", seconds("2015-05-03 23:59:59")),
        (7, 1, "cart", seconds("2015-05-03 11:00:00")),
        (7, 1, "view", seconds("2015-05-04 00:00:00")),
        (7, 1, "buy", seconds("2015-05-04 00:05:00")),
        (7, 1, "buy", seconds("2015-05-05 08:00:00")),
        (8, 2, "buy", seconds("2015-05-06 09:00:00")),
    )
    write_tsv(tmp_path / "retailrocket" / "test_buy.tsv", "user item", (7, 2), (8, 99))
    convert("retailrocket", tmp_path, tmp_path / "out")
    return tmp_path / "out"


def test_views_and_carts_are_added_up_by_utc_day(export: Path) -> None:
    same = {"content_id": "u7-i1", "product_id": "i1", "creator_id": "u7", "content_type": "VIDEO"}
    assert rows(export, "engagement") == [
        {
            **same,
            "period_start": utc("2015-05-03"),
            "views": 2,
            "product_clicks": 2,
            "add_to_carts": 1,
            "updated_at": utc("2015-05-03 23:59:59"),
        },
        {
            **same,
            "period_start": utc("2015-05-04"),
            "views": 1,
            "product_clicks": 1,
            "add_to_carts": 0,
            "updated_at": utc("2015-05-04 00:00:00"),
        },
    ]


def test_each_buy_is_one_sale(export: Path) -> None:
    sales = rows(export, "sales")
    assert [(s["creator_id"], s["product_id"], s["content_id"], s["ordered_at"]) for s in sales] == [
        ("u7", "i1", "u7-i1", utc("2015-05-04 00:05:00")),
        ("u7", "i1", "u7-i1", utc("2015-05-05 08:00:00")),
        ("u8", "i2", "u8-i2", utc("2015-05-06 09:00:00")),
    ]
    assert len({s["sale_id"] for s in sales}) == 3
    assert all((s["quantity"], s["amount"], s["commission_rate"]) == (1, 1.0, 0.1) for s in sales)
    assert all(s["updated_at"] == s["ordered_at"] for s in sales)


def test_held_out_products_exist_but_their_buys_do_not(export: Path) -> None:
    assert column(export, "creators", "creator_id") == ["u7", "u8"]
    assert column(export, "products", "product_id") == ["i1", "i2", "i99"]
    assert set(
        zip(column(export, "sales", "creator_id"), column(export, "sales", "product_id"), strict=True)
    ) == {
        ("u7", "i1"),
        ("u8", "i2"),
    }


def test_totals_of_the_real_data_reconcile(real_exports: dict[str, RealExport]) -> None:
    real = real_exports["retailrocket"]
    with (real.source / "events.tsv").open(encoding="utf-8") as file:
        events = list(csv.DictReader(file, delimiter="\t"))
    told = Counter(event["behaviour"] for event in events)
    engagement = pd.read_parquet(real.export / "engagement.parquet")

    assert engagement["views"].sum() == engagement["product_clicks"].sum() == told["view"] == 75_374
    assert engagement["add_to_carts"].sum() == told["cart"] == 12_456
    assert len(column(real.export, "creators", "creator_id")) == 2_174
    assert len(column(real.export, "products", "product_id")) == 30_113


def test_the_sales_of_the_real_data_are_the_buys_of_its_events_alone(
    real_exports: dict[str, RealExport],
) -> None:
    real = real_exports["retailrocket"]
    with (real.source / "events.tsv").open(encoding="utf-8") as file:
        bought = Counter(
            (f"u{event['user']}", f"i{event['item']}", int(event["ts"]))
            for event in csv.DictReader(file, delimiter="\t")
            if event["behaviour"] == "buy"
        )
    sales = pd.read_parquet(real.export / "sales.parquet")
    times = (sales["ordered_at"] - pd.Timestamp(0, tz="UTC")).dt.total_seconds().astype(int)
    assert Counter(zip(sales["creator_id"], sales["product_id"], times, strict=True)) == bought
    assert bought.total() == 9_551
