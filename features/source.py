"""Finds the tables of an export: a folder of Parquet or CSV files, or a DuckDB file."""

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.contracts import TABLES
from features.engine import Engine, literal
from recsys.errors import DataError

_SUFFIXES = ("parquet", "csv")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A relation with `source_file` and `source_row` (from 1) before the columns as they were found."""

    relation: str
    files: tuple[Path, ...]


def find_tables(engine: Engine, data: Path) -> dict[str, RawTable]:
    """Every table of the contract that `data` holds, by name.

    Raises `DataError` where there is no such folder or file, where a required table is missing, or where
    one table is there in two forms.
    """
    if not data.exists():
        raise DataError(f"{data} does not exist; give the folder or DuckDB file of a marketplace export")
    found = _in_folder(engine, data) if data.is_dir() else _in_database(engine, data)
    missing = [name for name, table in TABLES.items() if table.required and name not in found]
    if missing:
        raise DataError(
            f"{data} has no table {', '.join(missing)}; put {missing[0]}.parquet or {missing[0]}.csv there "
            "(docs/data-contract.md lists the tables)"
        )
    return found


def _in_folder(engine: Engine, folder: Path) -> dict[str, RawTable]:
    found: dict[str, RawTable] = {}
    for name in TABLES:
        files = _files_of(folder, name)
        if files:
            selects = [_select_file(path) for path in files]
            relation = f"raw_{name}"
            try:
                engine.run(f"CREATE VIEW {relation} AS " + " UNION ALL BY NAME ".join(selects))
            except duckdb.Error as error:
                raise DataError(f"{files[0]} cannot be read: {_first_line(error)}; write it anew") from error
            found[name] = RawTable(relation, files)
    return found


def _files_of(folder: Path, name: str) -> tuple[Path, ...]:
    forms = {
        form: files
        for form, files in (
            *((f"{name}.{suffix}", tuple(folder.glob(f"{name}.{suffix}"))) for suffix in _SUFFIXES),
            *(
                (f"{name}/*.{suffix}", tuple(sorted(folder.glob(f"{name}/*.{suffix}"))))
                for suffix in _SUFFIXES
            ),
        )
        if files
    }
    if len(forms) > 1:
        raise DataError(f"{folder} holds the table {name} as {' and as '.join(forms)}; keep one of them")
    return next(iter(forms.values()), ())


def _select_file(path: Path) -> str:
    if path.suffix == ".parquet":
        return (
            f"SELECT {literal(path.name)} AS source_file, file_row_number + 1 AS source_row, "
            f"* EXCLUDE (file_row_number) FROM read_parquet({literal(str(path))}, file_row_number = true)"
        )
    # As text throughout: a value of a wrong type is then one bad row that can be named, not a failed read.
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in _header(path))
    return (
        f"SELECT {literal(path.name)} AS source_file, row_number() OVER () AS source_row, * "
        f"FROM read_csv({literal(str(path))}, header = true, columns = {{{columns}}}, auto_detect = false, "
        "delim = ',', quote = '\"', escape = '\"', nullstr = '')"
    )


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            names = next(csv.reader(file), [])
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 ({error}); write it anew as UTF-8") from error
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names or not all(names):
        fault = (
            f"names the column {repeated[0]!r} twice" if repeated else "has no header, or an empty name in it"
        )
        raise DataError(f"{path} {fault}; its first line must name each column once")
    return names


def _in_database(engine: Engine, path: Path) -> dict[str, RawTable]:
    try:
        engine.attach(path, "export")
    except duckdb.Error as error:
        raise DataError(f"{path} is not a DuckDB file ({_first_line(error)})") from error
    listed = engine.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'export'")
    found: dict[str, RawTable] = {}
    for (name,) in listed:
        if name in TABLES:
            engine.run(
                f"CREATE VIEW raw_{name} AS SELECT {literal(f'{path.name}:{name}')} AS source_file, "
                f"rowid + 1 AS source_row, * FROM export.{name}"
            )
            found[str(name)] = RawTable(f"raw_{name}", (path,))
    return found


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
