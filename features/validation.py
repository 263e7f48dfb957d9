"""Splits the rows of an export into valid ones and a quarantine."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import cast

import duckdb

from features.checks import checks_of
from features.contracts import TABLES, Check, Column, Table
from features.engine import Engine, literal
from features.report import Fault, TableReport, ValidationReport
from features.source import Export, RawTable, find_tables
from features.typing_sql import sql_type, typed
from recsys.digest import value_sha256
from recsys.errors import DataError

QUARANTINE = "quarantine"
# What the names of sources begin with that are no part of the export.
_BESIDE = "live"
# Characters of a bad value, or of a line of a fault, that are kept to recognise it.
_SHOWN = 100


def validate(
    engine: Engine, data: Export, live: Mapping[str, RawTable] = MappingProxyType({})
) -> ValidationReport:
    """Read every table of the export once into `valid_<table>` and `quarantine`, what came live as more rows.

    Bad live rows go to the quarantine too, but count for nothing: an export answers for its own rows alone.

    Raises `DataError` where a table or column is missing or a file cannot be read. Bad rows raise nothing
    here: `ValidationReport.require` decides whether there are too many.
    """
    raw = find_tables(engine, data)
    _require_columns(engine, raw)
    engine.run(
        f"CREATE TABLE {QUARANTINE} (table_name VARCHAR, source_file VARCHAR, source_row BIGINT, "
        "column_name VARCHAR, reason VARCHAR, value VARCHAR, remedy VARCHAR)"
    )
    reports = tuple(
        _validate_table(engine, table, raw.get(name), live.get(name)) for name, table in TABLES.items()
    )
    raw |= {f"{_BESIDE}/{name}": rows for name, rows in live.items()}
    return ValidationReport(_data_digest(raw), reports)


def write_quarantine(engine: Engine, path: Path) -> None:
    """Write the quarantine as Parquet, in the order of tables and rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    engine.run(
        f"COPY (SELECT * FROM {QUARANTINE} ORDER BY table_name, source_file, source_row) "
        f"TO {literal(str(partial))} (FORMAT parquet)"
    )
    partial.replace(path)


def _data_digest(raw: Mapping[str, RawTable]) -> str:
    return value_sha256(
        {f"{name}/{file}": digest for name, table in raw.items() for file, digest in table.digests.items()}
    )


def _require_columns(engine: Engine, raw: Mapping[str, RawTable]) -> None:
    faults = []
    for name, found in raw.items():
        present = engine.columns(found.relation)
        for column in TABLES[name].columns:
            if not column.optional and column.name not in present:
                faults.append(
                    f"table {name} ({found.source}) has no column {column.name}; "
                    f"add it, it holds {column.kind} (found: {', '.join(list(present)[2:])})"
                )
    if faults:
        raise DataError("\n".join(faults))


def _validate_table(engine: Engine, table: Table, raw: RawTable | None, live: RawTable | None) -> TableReport:
    checks = checks_of(table)
    found = [source for source in (raw, live) if source is not None]
    sources = [_checked(engine, table, source, checks) for source in found]
    if raw is None:
        sources.insert(0, _empty(table))
    every = " UNION ALL BY NAME ".join(f"({source})" for source in sources)
    try:
        engine.run(f"CREATE TABLE checked_{table.name} AS {every}")
    except duckdb.Error as error:
        # The first lines name the file's line and what is wrong with it.
        fault = " ".join(line[:_SHOWN] for line in str(error).splitlines()[:4])
        where = ", ".join(source.source for source in found)
        raise DataError(f"table {table.name} ({where}) cannot be read: {fault}") from error
    if table.name == "engagement":
        _settle_ownership(engine, checks)
    columns = ", ".join(column.name for column in table.columns)
    engine.run(
        f"CREATE VIEW valid_{table.name} AS SELECT {columns} FROM checked_{table.name} WHERE failed IS NULL"
    )
    if table.name in ("creators", "products"):
        key = table.key[0]
        engine.run(
            f"CREATE TABLE known_{key} AS SELECT {key}, COUNT(*) FILTER (failed IS NULL) > 0 AS valid "
            f"FROM checked_{table.name} WHERE {key} IS NOT NULL GROUP BY {key}"
        )
    _quarantine(engine, table, checks)
    if live is not None:
        files = ", ".join(map(literal, live.digests))
        engine.run(f"DELETE FROM checked_{table.name} WHERE source_file IN ({files}) AND failed IS NOT NULL")
    return _report(engine, table, raw, checks)


def _empty(table: Table) -> str:
    columns = ", ".join(f"CAST(NULL AS {sql_type(column.kind)}) AS {column.name}" for column in table.columns)
    return (
        "SELECT CAST(NULL AS VARCHAR) AS source_file, CAST(NULL AS BIGINT) AS source_row, "
        f"CAST(NULL AS INTEGER) AS failed, CAST(NULL AS VARCHAR) AS bad_value, {columns} LIMIT 0"
    )


def _checked(engine: Engine, table: Table, raw: RawTable, checks: list[Check]) -> str:
    """SQL of all rows, typed and filled, with the position of the first check each fails."""
    present = engine.columns(raw.relation)
    read = ", ".join(_read(column, present.get(column.name)) for column in table.columns)
    filled = ", ".join(
        f"COALESCE({column.name}, {column.default}) AS {column.name}" if column.default else column.name
        for column in table.columns
    )
    joins, joined = _joins(table)
    failed = " ".join(f"WHEN {check.bad_when} THEN {place}" for place, check in enumerate(checks))
    value = " ".join(
        f"WHEN {place} THEN CAST(raw_{check.column} AS VARCHAR)" for place, check in enumerate(checks)
    )
    return (
        f"WITH read AS (SELECT source_file, source_row, {read} FROM {raw.relation}), "
        f"matched AS (SELECT read.*{joined} FROM read {joins}), "
        f"judged AS (SELECT *, CAST(CASE {failed} END AS INTEGER) AS failed FROM matched) "
        f"SELECT source_file, source_row, failed, left(CASE failed {value} END, {_SHOWN}) AS bad_value, "
        f"{filled} FROM judged"
    )


def _read(column: Column, raw_type: str | None) -> str:
    """SQL of a column as it was found (`raw_<name>`) and as its kind."""
    name = column.name
    if raw_type is None:
        return f"NULL AS raw_{name}, CAST(NULL AS {sql_type(column.kind)}) AS {name}"
    quoted = f'"{name}"'
    given = f"NULLIF({quoted}, '')" if raw_type == "VARCHAR" else quoted
    return f"{given} AS raw_{name}, {typed(column, quoted, raw_type)} AS {name}"


def _joins(table: Table) -> tuple[str, str]:
    """Joins that look up references, and the columns they add."""
    joins, columns = [], []
    for column in table.columns:
        if column.references is not None:
            name = column.name
            joins.append(f"LEFT JOIN known_{name} ON known_{name}.{name} = read.{name}")
            columns.append(f", known_{name}.{name} AS known_{name}, known_{name}.valid AS valid_{name}")
    if table.name == "sales":
        joins.append("LEFT JOIN content_owners ON content_owners.content_id = read.content_id")
        columns.append(", content_owners.content_owner AS content_owner")
    elif table.name == "engagement":
        # Owners are known only once this table has been read: `_settle_ownership`.
        columns.append(", CAST(NULL AS VARCHAR) AS content_owner")
    return " ".join(joins), "".join(columns)


def _settle_ownership(engine: Engine, checks: list[Check]) -> None:
    """The creator with the earliest row owns a content; rows of another creator fail."""
    engine.run(
        "CREATE TABLE content_owners AS "
        "SELECT content_id, MIN_BY(creator_id, (updated_at, creator_id)) AS content_owner "
        "FROM checked_engagement WHERE failed IS NULL GROUP BY content_id"
    )
    place = next(i for i, check in enumerate(checks) if check.reason == "content_of_another_creator")
    engine.run(
        f"UPDATE checked_engagement SET failed = {place}, bad_value = checked_engagement.content_id "
        "FROM content_owners WHERE failed IS NULL "
        "AND content_owners.content_id = checked_engagement.content_id "
        "AND content_owners.content_owner <> checked_engagement.creator_id"
    )


def _quarantine(engine: Engine, table: Table, checks: list[Check]) -> None:
    named = ", ".join(
        f"({place}, {literal(check.column)}, {literal(check.reason)}, {literal(check.remedy)})"
        for place, check in enumerate(checks)
    )
    engine.run(
        f"INSERT INTO {QUARANTINE} SELECT {literal(table.name)}, source_file, source_row, "
        f"column_name, reason, bad_value, remedy FROM checked_{table.name} "
        f"JOIN (VALUES {named}) AS checks(place, column_name, reason, remedy) ON place = failed"
    )


def _report(engine: Engine, table: Table, raw: RawTable | None, checks: list[Check]) -> TableReport:
    found = engine.rows(
        "SELECT failed, COUNT(*), MIN_BY((source_file, source_row, bad_value), (source_file, source_row)) "
        f"FROM checked_{table.name} WHERE failed IS NOT NULL GROUP BY failed ORDER BY failed"
    )
    # Behind the file and the row in it.
    present = list(engine.columns(raw.relation))[2:] if raw else []
    names = [column.name for column in table.columns]
    good = engine.count(f"SELECT COUNT(*) FROM valid_{table.name}")
    # Rows that differ in some values differ in more of them: what is all of them already needs no counting.
    keys = _distinct(engine, table, table.key)
    states = _distinct(engine, table, [*table.key, table.known_from or "0"]) if keys < good else good
    distinct = _distinct(engine, table, names) if states < good else good
    return TableReport(
        table=table.name,
        rows=engine.count(f"SELECT COUNT(*) FROM checked_{table.name}"),
        good=good,
        repeated=good - distinct,
        superseded=distinct - states,
        keys=keys,
        faults=tuple(
            _fault(table.name, checks[place], count, *first)
            for place, count, first in cast(list[tuple[int, int, tuple[str, int, str | None]]], found)
        ),
        ignored=tuple(name for name in present if name not in names),
        absent=tuple(name for name in names if name not in present) if raw else (),
    )


def _distinct(engine: Engine, table: Table, values: Sequence[str]) -> int:
    """How many good rows differ in some values, told by hashes of 64 bits: whole rows would spill."""
    return engine.count(f"SELECT COUNT(DISTINCT hash({', '.join(values)})) FROM valid_{table.name}")


def _fault(table: str, check: Check, count: int, file: str, row: int, value: str | None) -> Fault:
    return Fault(table, check.reason, check.column, count, file, row, value, check.remedy)
