from pathlib import Path

import pandas as pd
import pytest

from benchmarks.convert import convert
from tests.benchmarks.conftest import RealExport
from tests.benchmarks.exports import rows, utc

COLUMNS = ["Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def write_lines(data: Path, *lines: tuple[str | None, int, str, float, float | None, str]) -> None:
    frame = pd.DataFrame(list(lines), columns=COLUMNS)
    frame["InvoiceDate"] = pd.to_datetime(frame["InvoiceDate"])
    frame["CustomerID"] = frame["CustomerID"].astype("float64")
    (data / "online-retail").mkdir()
    frame.to_parquet(data / "online-retail" / "online_retail.parquet")


def test_returns_become_new_states_of_the_latest_earlier_sales(tmp_path: Path) -> None:
    write_lines(
        tmp_path,
        ("RED MUG ", 6, "2011-01-01 09:00", 2.0, 5.0, "France"),
        ("Red  mug", 4, "2011-02-01 09:00", 2.5, 5.0, "France"),
        ("RED MUG", -5, "2011-03-01 09:00", 2.5, 5.0, "France"),
        ("RED MUG", -2, "2011-04-01 09:00", 2.0, 5.0, "France"),
        ("RED MUG", -9, "2011-05-01 09:00", 2.0, 6.0, "Norway"),
    )

    report = convert("online-retail", tmp_path, tmp_path / "out")

    first, second = "u5-20110101T090000-1", "u5-20110201T090000-1"
    found = [
        (s["sale_id"], s["quantity"], s["amount"], s["refunded_quantity"], s["ordered_at"], s["updated_at"])
        for s in rows(tmp_path / "out", "sales")
    ]
    january, february = utc("2011-01-01 09:00"), utc("2011-02-01 09:00")
    march, april = utc("2011-03-01 09:00"), utc("2011-04-01 09:00")
    assert found == [
        (first, 6, 12.0, 0, january, january),
        (first, 6, 12.0, 1, january, march),
        (first, 6, 12.0, 3, january, april),
        (second, 4, 10.0, 0, february, february),
        (second, 4, 10.0, 4, february, march),
    ]
    assert "online-retail: left out: 9 returned units without an earlier sale" in report


def test_lines_of_one_invoice_are_separate_sales_of_one_content(tmp_path: Path) -> None:
    write_lines(
        tmp_path,
        ("RED MUG", 3, "2011-01-01 09:00", 0.1, 5.0, "France"),
        ("RED MUG", 3, "2011-01-01 09:00", 0.1, 5.0, "France"),
        ("BOWL", 1, "2011-01-01 17:30", 9.0, 5.0, "France"),
    )

    convert("online-retail", tmp_path, tmp_path / "out")

    assert [
        (s["sale_id"], s["product_id"], s["content_id"], s["amount"]) for s in rows(tmp_path / "out", "sales")
    ] == [
        ("u5-20110101T090000-1", "RED MUG", "u5-2011-01-01", 0.3),
        ("u5-20110101T090000-2", "RED MUG", "u5-2011-01-01", 0.3),
        ("u5-20110101T173000-1", "BOWL", "u5-2011-01-01", 9.0),
    ]


def test_what_sells_nothing_is_left_out_and_counted(tmp_path: Path) -> None:
    write_lines(
        tmp_path,
        ("RED MUG", 1, "2011-01-01 09:00", 1.0, 5.0, "France"),
        ("RED MUG", 1, "2011-01-02 09:00", 2.0, 5.0, "France"),
        ("RED MUG", 1, "2011-01-03 09:00", 9.0, 5.0, "Spain"),
        ("RED MUG", 1, "2011-01-03 09:00", 2.0, None, "Spain"),
        ("BOWL", 1, "2011-01-03 09:00", 0.0, 5.0, "Spain"),
        ("POSTAGE", 1, "2011-01-03 09:00", 18.0, 7.0, "Unspecified"),
        ("Discount", -1, "2011-01-03 09:00", 18.0, 5.0, "France"),
    )

    report = convert("online-retail", tmp_path, tmp_path / "out")

    assert rows(tmp_path / "out", "creators") == [
        {"creator_id": "u5", "follower_count": 0, "region": "France"},
        {"creator_id": "u7", "follower_count": 0, "region": None},
    ]
    assert [(row["product_id"], row["price"]) for row in rows(tmp_path / "out", "products")] == [
        ("RED MUG", 2.0)
    ]
    assert len(rows(tmp_path / "out", "sales")) == 3
    assert rows(tmp_path / "out", "engagement") == []
    assert report[4:] == [
        "online-retail: left out: 2 rows of what is no product",
        "online-retail: left out: 1 rows without a customer",
        "online-retail: left out: 1 rows without a price",
        "online-retail: left out: 0 returned units without an earlier sale",
    ]


@pytest.fixture(scope="module")
def real_states(real_exports: dict[str, RealExport]) -> pd.DataFrame:
    return pd.read_parquet(real_exports["online-retail"].export / "sales.parquet")


def test_units_and_money_of_the_real_data_reconcile(
    real_exports: dict[str, RealExport], real_states: pd.DataFrame
) -> None:
    real = real_exports["online-retail"]
    lines = pd.read_parquet(real.source / "online_retail.parquet").dropna(subset="CustomerID")
    kept = lines[lines["UnitPrice"] > 0].copy()
    kept["product"] = kept["Description"].str.upper().str.split().str.join(" ")
    kept = kept[kept["product"].isin(pd.read_parquet(real.export / "products.parquet")["product_id"])]
    bought = kept[kept["Quantity"] > 0]
    returned = -int(kept.loc[kept["Quantity"] < 0, "Quantity"].sum())
    last = real_states.sort_values(["updated_at", "refunded_quantity"]).drop_duplicates(
        "sale_id", keep="last"
    )
    refunded = int(last["refunded_quantity"].sum())

    assert len(last) == len(bought)
    assert int(last["quantity"].sum()) == int(bought["Quantity"].sum())
    assert float(last["amount"].sum()) == pytest.approx(
        float((bought["Quantity"] * bought["UnitPrice"]).sum())
    )
    # The largest order of the data, 80,995 units, came back within minutes.
    assert 80_995 < refunded <= returned
    assert refunded == int(real_states.groupby("sale_id")["refunded_quantity"].max().sum())


def test_every_real_state_of_a_sale_follows_from_the_one_before(real_states: pd.DataFrame) -> None:
    states = real_states.sort_values(["sale_id", "updated_at"])
    sales = states.groupby("sale_id")

    assert not states.duplicated(["sale_id", "updated_at"]).any()
    assert (sales["refunded_quantity"].first() == 0).all()
    assert (sales["refunded_quantity"].diff().dropna() > 0).all()
    fixed = ["ordered_at", "creator_id", "product_id", "content_id", "quantity", "amount"]
    assert len(states[["sale_id", *fixed]].drop_duplicates()) == states["sale_id"].nunique()


def test_real_postage_and_the_like_are_no_products(real_exports: dict[str, RealExport]) -> None:
    titles = pd.read_parquet(real_exports["online-retail"].export / "products.parquet")["title"]

    assert not titles.isin(["POSTAGE", "MANUAL", "DISCOUNT", "BANK CHARGES", "CARRIAGE"]).any()
    assert titles.isin(["FRENCH CARRIAGE LANTERN", "PIGGY BANK RETROSPOT"]).sum() == 2
