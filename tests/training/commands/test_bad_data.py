"""Each fault of an export: a message that names table, column, row and remedy, exit 3, and no release."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import Recsys

Row = dict[str, str]


def changed(export: Path, folder: Path, table: str, change: Callable[[list[Row]], list[Row]]) -> Path:
    """A copy of an export in which the rows of one table were changed."""
    shutil.copytree(export, folder)
    path = folder / f"{table}.csv"
    with path.open(newline="") as file:
        rows = change(list(csv.DictReader(file)))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def with_value(row: int, column: str, value: str) -> Callable[[list[Row]], list[Row]]:
    """Put a value into one row, counted from 1."""

    def change(rows: list[Row]) -> list[Row]:
        rows[row - 1][column] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "reason", "remedy"),
    [
        ("sales", 7, "quantity", "many", "'many' is wrong_type", "it must be a whole number"),
        ("sales", 8, "ordered_at", "yesterday", "'yesterday' is wrong_type", "it must be a UTC time"),
        ("sales", 3, "sale_id", "", "null is null_key", "every row needs a sale_id"),
        ("engagement", 5, "views", "-12", "'-12' is negative", "it must be at least 0"),
        ("sales", 9, "creator_id", "nobody", "'nobody' is unknown_creator", "add it to the table creators"),
        ("engagement", 2, "product_id", "p-?", "'p-?' is unknown_product", "add it to the table products"),
        ("sales", 4, "refunded_quantity", "99", "refunded_more_than_sold", "a refund cannot exceed"),
        ("products", 1, "commission_rate", "1.5", "'1.5' is too_large", "it must be at most 1"),
    ],
)
def test_a_bad_row_is_named_and_stops_the_night(
    csv_export: Path,
    recsys: Recsys,
    tmp_path: Path,
    table: str,
    row: int,
    column: str,
    value: str,
    reason: str,
    remedy: str,
) -> None:
    export = changed(csv_export, tmp_path / "export", table, with_value(row, column, value))
    done = recsys("train", export, "--home", tmp_path / "home")

    assert done.returncode == 3
    assert f"table {table}, {table}.csv row {row}, column {column}: " in done.stderr
    assert reason in done.stderr
    assert remedy in done.stderr
    assert not (tmp_path / "home" / "releases").exists() or not any((tmp_path / "home/releases").iterdir())
    assert list((tmp_path / "home" / "quarantine").glob("*.parquet"))


def test_a_missing_column_is_named(csv_export: Path, recsys: Recsys, tmp_path: Path) -> None:
    def without_amount(rows: list[Row]) -> list[Row]:
        return [{name: value for name, value in row.items() if name != "amount"} for row in rows]

    export = changed(csv_export, tmp_path / "export", "sales", without_amount)
    done = recsys("train", export, "--home", tmp_path / "home")

    assert done.returncode == 3
    assert "table sales (sales.csv) has no column amount; add it" in done.stderr


def test_a_share_of_bad_rows_may_be_allowed(csv_export: Path, recsys: Recsys, tmp_path: Path) -> None:
    export = changed(csv_export, tmp_path / "export", "engagement", with_value(5, "views", "-12"))
    home = tmp_path / "home"

    assert recsys("validate", export, "--home", home).returncode == 3
    allowed = recsys("validate", export, "--home", home, "--allow-bad-share", 0.01)
    assert allowed.returncode == 0
    assert "engagement.csv row 5, column views: '-12' is negative" in allowed.stdout
