"""Finds the tables of an export: a folder of Parquet or CSV files, a DuckDB file, or frames.

Beside it there may be rows that came live: events of its tables, and lists as they were served.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from features.contracts import IMPRESSIONS, TABLES
from features.engine import Engine, literal
from features.frames import arrow_table, content_sha256
from recsys.digest import file_sha256
from recsys.errors import DataError

# A folder, a DuckDB file, or the tables themselves by name.
Export: TypeAlias = Path | Mapping[str, pd.DataFrame]

_SUFFIXES = ("parquet", "csv")
# What stands for the file where a table is a frame.
_FRAME = "DataFrame"
# What stands for the file of a live event.
EVENTS = "live events"


@dataclass(frozen=True, slots=True)
class RawTable:
    """A relation with `source_file` and `source_row` (from 1) before the columns as they were found.

    `digests` has the SHA-256 of each file (or of the frame) that the rows come from, by its name.
    """

    relation: str
    digests: Mapping[str, str]

    @property
    def source(self) -> str:
        """The file that a message about the whole table names."""
        return next(iter(self.digests))


def find_tables(engine: Engine, data: Export) -> dict[str, RawTable]:
    """Every table of the contract that `data` holds, by name.

    Raises `DataError` where there is no such folder or file, where a required table is missing, where one
    table is there in two forms, or where a frame stands under a name that is no table's.
    """
    if not isinstance(data, Path):
        place, found = "the export", _in_frames(engine, data)
        remedy = "give {0} as a frame"
    elif data.exists():
        place, found = str(data), _in_folder(engine, data) if data.is_dir() else _in_database(engine, data)
        remedy = "put {0}.parquet or {0}.csv there"
    else:
        raise DataError(f"{data} does not exist; give the folder or DuckDB file of a marketplace export")
    missing = [name for name, table in TABLES.items() if table.required and name not in found]
    if missing:
        raise DataError(
            f"{place} has no table {', '.join(missing)}; {remedy.format(missing[0])} "
            "(docs/data-contract.md lists the tables)"
        )
    return found


def live_events(engine: Engine, tables: Mapping[str, pa.Table]) -> dict[str, RawTable]:
    """Rows that came live, by table."""
    found: dict[str, RawTable] = {}
    for name, rows in tables.items():
        engine.register(f"events_{name}", rows)
        engine.run(
            f"CREATE VIEW raw_events_{name} AS SELECT {literal(EVENTS)} AS source_file, "
            f"row_number() OVER () AS source_row, * FROM events_{name}"
        )
        found[name] = RawTable(f"raw_events_{name}", {EVENTS: content_sha256(rows)})
    return found


def served_lists(engine: Engine, files: Sequence[Path]) -> dict[str, RawTable]:
    """Rows of the table `impressions` in the files that a service wrote; nothing where there are none.

    Raises `DataError` for a file that cannot be read.
    """
    if not files:
        return {}
    folder = files[0].parent
    named = f"{literal(folder.name + '/')} || parse_filename(filename)"
    listed = ", ".join(literal(str(path)) for path in files)
    try:
        engine.run(
            f"CREATE VIEW raw_served AS SELECT {named} AS source_file, file_row_number + 1 AS source_row, "
            "* EXCLUDE (filename, file_row_number) FROM read_parquet"
            f"([{listed}], filename = true, file_row_number = true, union_by_name = true)"
        )
    except duckdb.Error as error:
        raise DataError(
            f"{folder} cannot be read: {_first_line(error)}; delete the file, or move it away"
        ) from error
    digests = {f"{folder.name}/{path.name}": file_sha256(path) for path in files}
    return {IMPRESSIONS.name: RawTable("raw_served", digests)}


def _in_frames(engine: Engine, frames: Mapping[str, pd.DataFrame]) -> dict[str, RawTable]:
    found: dict[str, RawTable] = {}
    for name, frame in frames.items():
        if name not in TABLES:
            raise DataError(f"there is no table {name!r} in the contract; its tables are {', '.join(TABLES)}")
        table = arrow_table(name, frame)
        engine.register(f"frame_{name}", table)
        engine.run(
            f"CREATE VIEW raw_{name} AS SELECT {literal(_FRAME)} AS source_file, "
            f"row_number() OVER () AS source_row, * FROM frame_{name}"
        )
        found[name] = RawTable(f"raw_{name}", {_FRAME: content_sha256(table)})
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
            found[name] = RawTable(relation, {path.name: file_sha256(path) for path in files})
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
    digests = {path.name: file_sha256(path)}
    listed = engine.rows("SELECT table_name FROM duckdb_tables() WHERE database_name = 'export'")
    found: dict[str, RawTable] = {}
    for (name,) in listed:
        if name in TABLES:
            engine.run(
                f"CREATE VIEW raw_{name} AS SELECT {literal(f'{path.name}:{name}')} AS source_file, "
                f"rowid + 1 AS source_row, * FROM export.{name}"
            )
            found[str(name)] = RawTable(f"raw_{name}", digests)
    return found


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
