"""Small marketplace exports: every row gets valid values for what a test does not state."""

import csv
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from features.contracts import TABLES, Kind

Row: TypeAlias = Mapping[str, object]
Form: TypeAlias = Literal["parquet", "csv", "duckdb", "parts"]

DAY = 86_400_000_000
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.COUNT: pa.int64(),
    Kind.RATE: pa.float64(),
    Kind.MONEY: pa.float64(),
    Kind.INSTANT: pa.int64(),
    Kind.FLAG: pa.bool_(),
}


def at(text: str) -> int:
    """Microseconds of UTC of an ISO time, which is UTC where it says nothing else."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return round(moment.timestamp()) * 1_000_000 + moment.microsecond


START = at("2026-01-01")


def write_export(
    data: Path, *, form: Form = "parquet", without: Collection[str] = (), **tables: Sequence[Row]
) -> Path:
    """`write_tables`, with each table as an argument."""
    return write_tables(data, tables, form=form, without=without)


def write_tables(
    data: Path,
    tables: Mapping[str, Sequence[Row]],
    *,
    form: Form = "parquet",
    without: Collection[str] = (),
) -> Path:
    """Write an export to the folder (or DuckDB file) `data` and return it.

    Creators and products that sales or engagement name are added unless these tables are given;
    `without` leaves out columns, given as `table.column`.
    """
    filled = _filled(tables)
    target = data if form != "duckdb" else data.with_suffix(".duckdb")
    (data if form != "duckdb" else data.parent).mkdir(parents=True, exist_ok=True)
    for name, rows in filled.items():
        kept = [{key: value for key, value in row.items() if f"{name}.{key}" not in without} for row in rows]
        columns = list(dict.fromkeys(column for row in kept for column in row))
        if not columns:
            columns = [column for column in _defaults(name, {}, 1) if f"{name}.{column}" not in without]
        _write(target, form, name, columns, kept)
    return target


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as CSV, nulls as nothing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_csv_value(row.get(column)) for column in columns] for row in rows)


def _filled(tables: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    filled: dict[str, list[Row]] = {
        name: [{**_defaults(name, row, place), **row} for place, row in enumerate(rows, 1)]
        for name, rows in tables.items()
    }
    facts = [*filled.setdefault("sales", []), *filled.setdefault("engagement", [])]
    for kind in ("creator", "product"):
        named = dict.fromkeys(str(row[f"{kind}_id"]) for row in facts)
        if f"{kind}s" not in filled:
            rows = [{f"{kind}_id": identifier} for identifier in named]
            filled[f"{kind}s"] = [{**_defaults(f"{kind}s", row, 0), **row} for row in rows]
    return filled


def _defaults(table: str, row: Row, place: int) -> Row:
    creator = row.get("creator_id", "c1")
    defaults: dict[str, Row] = {
        "creators": {"creator_id": f"c{place}", "follower_count": 1_000},
        "products": {
            "product_id": f"p{place}",
            "brand_id": "b1",
            "category": "Beauty/Skin care",
            "price": 10.0,
            "commission_rate": 0.1,
        },
        "engagement": {
            "content_id": f"content of {creator}",
            "product_id": "p1",
            "period_start": START,
            "creator_id": creator,
            "views": 100,
            "product_clicks": 10,
        },
        "sales": {
            "sale_id": f"s{place}",
            "ordered_at": START,
            "creator_id": creator,
            "product_id": "p1",
            "content_id": f"content of {creator}",
            "quantity": 1,
            "amount": 10.0,
            "commission_rate": 0.1,
            "updated_at": row.get("ordered_at", START),
        },
        "samples": {
            "application_id": f"a{place}",
            "creator_id": creator,
            "product_id": "p1",
            "requested_at": START,
            "status": "SENT",
        },
        "collaborations": {
            "creator_id": creator,
            "product_id": "p1",
            "commission_rate": 0.2,
            "status": "ACTIVE",
            "since": START,
        },
        "demand_events": {"name": f"event {place}", "starts_at": START, "ends_at": START + DAY},
        "impressions": {
            "impression_id": f"i{place}",
            "shown_at": START,
            "creator_id": creator,
            "product_id": "p1",
            "position": 1,
            "propensity": 0.5,
        },
    }
    return defaults[table]


def _write(target: Path, form: Form, name: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if form == "csv":
        write_csv(target / f"{name}.csv", columns, rows)
        return
    table = _arrow(name, columns, rows)
    if form == "parquet":
        pq.write_table(table, target / f"{name}.parquet")
    elif form == "parts":
        (target / name).mkdir()
        half = len(table) // 2
        pq.write_table(table.slice(0, half), target / name / "part-0.parquet")
        pq.write_table(table.slice(half), target / name / "part-1.parquet")
    else:
        with duckdb.connect(str(target)) as connection:
            connection.register("given", table)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")


def _arrow(name: str, columns: Sequence[str], rows: Sequence[Row]) -> pa.Table:
    arrays = []
    for column in columns:
        values = [row.get(column) for row in rows]
        known = column in {declared.name for declared in TABLES[name].columns}
        untyped = known and all(value is None for value in values)
        arrays.append(pa.array(values, _ARROW[TABLES[name].column(column).kind] if untyped else None))
    return pa.table(arrays, names=list(columns))


def _csv_value(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value
