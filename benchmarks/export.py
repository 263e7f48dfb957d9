"""A marketplace export on disk: Parquet tables and `marketplace.toml`, whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "creators": {
        "creator_id": "VARCHAR",
        "follower_count": "BIGINT",
        "region": "VARCHAR",
        "joined_at": "TIMESTAMPTZ",
    },
    "products": {
        "product_id": "VARCHAR",
        "brand_id": "VARCHAR",
        "category": "VARCHAR",
        "price": "DOUBLE",
        "commission_rate": "DOUBLE",
        "title": "VARCHAR",
    },
    "engagement": {
        "content_id": "VARCHAR",
        "product_id": "VARCHAR",
        "period_start": "TIMESTAMPTZ",
        "creator_id": "VARCHAR",
        "content_type": "VARCHAR",
        "views": "BIGINT",
        "likes": "BIGINT",
        "product_clicks": "BIGINT",
        "add_to_carts": "BIGINT",
        "updated_at": "TIMESTAMPTZ",
    },
    "sales": {
        "sale_id": "VARCHAR",
        "ordered_at": "TIMESTAMPTZ",
        "creator_id": "VARCHAR",
        "product_id": "VARCHAR",
        "content_id": "VARCHAR",
        "quantity": "BIGINT",
        "amount": "DOUBLE",
        "commission_rate": "DOUBLE",
        "refunded_quantity": "BIGINT",
        "updated_at": "TIMESTAMPTZ",
    },
}
OPTIONAL: Final = frozenset({"region", "joined_at", "title", "likes", "add_to_carts", "refunded_quantity"})
NULLABLE: Final = frozenset({"region", "joined_at"})


class BadExportError(Exception):
    """The tables made from the data break the contract of a marketplace export."""


class OutputNotEmptyError(Exception):
    """The folder to write holds something already."""


@dataclass(frozen=True)
class Settings:
    """What the training job is told about a marketplace, and why."""

    currency: str
    horizon_days: int
    half_life_days: int
    reason: str

    def toml(self) -> str:
        """The text of `marketplace.toml`."""
        comment = "\n".join(f"# {line}" for line in self.reason.splitlines())
        return (
            f'currency = "{self.currency}"\n\n{comment}\n[training]\n'
            f"horizon_days = {self.horizon_days}\nhalf_life_days = {self.half_life_days}\n"
        )


def connect() -> duckdb.DuckDBPyConnection:
    """An empty database in memory that reckons in UTC."""
    database = duckdb.connect(":memory:")
    database.execute("SET TimeZone = 'UTC'")
    return database


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A temporary sibling of `out` that becomes `out` if the block succeeds and vanishes if it fails."""
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputNotEmptyError(f"{out} exists and is not an empty folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    staging.mkdir()
    try:
        yield staging
        staging.rename(out)
    except BaseException:
        shutil.rmtree(staging)
        raise


def write_export(database: duckdb.DuckDBPyConnection, settings: Settings, folder: Path) -> dict[str, int]:
    """Write the database's tables of an export into `folder`; answers rows by table."""
    folder.mkdir(exist_ok=True)
    (folder / "marketplace.toml").write_text(settings.toml(), encoding="utf-8")
    return {table: _write_table(database, table, folder / f"{table}.parquet") for table in COLUMNS}


def _write_table(database: duckdb.DuckDBPyConnection, table: str, path: Path) -> int:
    found = set(database.table(table).columns)
    wanted = COLUMNS[table]
    if wrong := (found - wanted.keys()) | (wanted.keys() - found - OPTIONAL):
        raise BadExportError(f"{table}: unknown or missing columns {sorted(wrong)}")
    columns = [column for column in wanted if column in found]
    _check_nulls(database, table, [column for column in columns if column not in NULLABLE])
    casts = ", ".join(f"CAST({column} AS {wanted[column]}) AS {column}" for column in columns)
    # Ordered by all columns, the file is the same whatever the order of reading and the number of threads.
    rows = database.sql(f"SELECT {casts} FROM {table} ORDER BY {', '.join(columns)}")
    rows.write_parquet(str(path), compression="zstd")
    return database.table(table).shape[0]


def _check_nulls(database: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> None:
    anywhere = " OR ".join(f"{column} IS NULL" for column in columns)
    if row := database.sql(f"SELECT * FROM {table} WHERE {anywhere} LIMIT 1").fetchone():
        raise BadExportError(f"{table}: a required value is missing in {row}")
