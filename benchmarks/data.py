"""Where the real data lies, and reading it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import duckdb

VARIABLE: Final = "RECSYS_DATA"


class MissingDataError(Exception):
    """The real data, or a part of it, is not where it was looked for."""


class BadDataError(Exception):
    """A file of the real data does not hold what it should."""


def find_data(given: Path | None, environment: Mapping[str, str]) -> Path:
    """The folder given, else the one `RECSYS_DATA` names, else `../shared/data` of the repository."""
    named = environment.get(VARIABLE)
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = (given or Path(named or beside)).absolute()
    if not folder.is_dir():
        raise MissingDataError(f"no data folder at {folder}; name another with --data or {VARIABLE}")
    return folder


def find_dataset(data: Path, name: str, files: Sequence[str]) -> Path:
    """The folder of one data set, all of whose files are there."""
    folder = data / name
    if missing := [file for file in files if not (folder / file).is_file()]:
        raise MissingDataError(
            f"{folder} lacks {', '.join(missing)}; name another data folder with --data or {VARIABLE}"
        )
    return folder


def load(database: duckdb.DuckDBPyConnection, table: str, path: Path, columns: Mapping[str, str]) -> None:
    """Make `table` of the named columns of a Parquet or tab-separated file, each cast to its type."""
    casts = ", ".join(f'CAST("{column}" AS {type_}) AS "{column}"' for column, type_ in columns.items())
    try:
        if path.suffix == ".parquet":
            rows = database.read_parquet(str(path))
        else:
            rows = database.read_csv(str(path), sep="\t", header=True, all_varchar=True)
        rows.project(casts).create(table)
    except duckdb.Error as error:
        raise BadDataError(f"{path}: {error}") from error
