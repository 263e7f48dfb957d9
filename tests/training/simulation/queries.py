from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

TABLES = ("creators", "products", "engagement", "sales", "collaborations", "samples", "demand_events")
NEWEST_SALES = """
    SELECT * FROM sales
    QUALIFY row_number() OVER (
        PARTITION BY sale_id ORDER BY updated_at DESC, refunded_quantity DESC, status DESC
    ) = 1
"""
NEWEST_ENGAGEMENT = """
    SELECT * FROM engagement
    QUALIFY row_number() OVER (
        PARTITION BY content_id, product_id, period_start ORDER BY updated_at DESC, views DESC
    ) = 1
"""


def rows(export: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        for table in TABLES:
            if table in sql:
                connection.register(table, _read(export / f"{table}.parquet"))
        return connection.execute(sql).fetchall()


def number(export: Path, sql: str) -> float:
    return float(rows(export, sql)[0][0])


@cache
def _read(path: Path) -> object:
    """Times lose their zone, which DuckDB compares only with an extension; all of them are UTC."""
    table = pq.read_table(path)
    for position, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            plain = table.column(position).cast(pa.timestamp("us"))
            table = table.set_column(position, field.name, plain)
    return table
