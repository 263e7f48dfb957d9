"""The embedded query engine: DuckDB on a working file, with bounded memory."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import duckdb
import pyarrow as pa

from recsys.errors import RecsysError

# In MB: what does not fit spills; between queries no more than the least is kept.
DEFAULT_MEMORY: Final = 512
LEAST_MEMORY: Final = 64

Result = TypeVar("Result")


class Engine:
    """Runs SQL on one working database file; what does not fit into memory spills beside it.

    A query that cannot do with the memory is run again with twice as much, up to `most` MB.

    Raises `RecsysError` where that is not enough either.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, memory: int, most: int) -> None:
        self._connection = connection
        self._memory = memory
        self._most = most
        self._limit(memory)

    def run(self, sql: str) -> None:
        """Run a statement for its effect."""
        self._grown(lambda: self._connection.execute(sql))

    def materialise(self, name: str, select: str) -> None:
        """Keep the result of a query as a table, whose name must be new."""
        self._grown(lambda: self._connection.execute(f"CREATE TABLE {name} AS {select}"))

    def table(self, sql: str) -> pa.Table:
        """The result of a query, whole."""
        return self._grown(lambda: self._connection.execute(sql).to_arrow_table())

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """The result of a small query as Python rows."""
        return self._grown(lambda: self._connection.execute(sql).fetchall())

    def count(self, sql: str) -> int:
        """The one whole number that a query gives."""
        ((value,),) = self.rows(sql)
        return int(str(value))

    def columns(self, relation: str) -> dict[str, str]:
        """DuckDB type of each column of a relation, by name, in order."""
        described = self._connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        return {str(name): str(kind) for name, kind, *_ in described}

    def register(self, name: str, table: pa.Table) -> None:
        """Let queries read an Arrow table under a name; it is not copied."""
        self._connection.register(name, table)

    def rest(self) -> None:
        """Give back the memory that is kept for the next query, which reads from the file again."""
        self._limit(LEAST_MEMORY)
        self._limit(self._memory)

    def _grown(self, ask: Callable[[], Result]) -> Result:
        while True:
            try:
                return ask()
            except duckdb.OutOfMemoryException as error:
                if self._memory >= self._most:
                    raise RecsysError(
                        f"a query needs more than {self._most:,} MB of memory, or more room on the disk than "
                        f"there is: {str(error).splitlines()[0]}; use a machine with more of it"
                    ) from error
                self._memory = min(2 * self._memory, self._most)
                self._limit(self._memory)

    def _limit(self, megabytes: int) -> None:
        self._connection.execute(f"SET memory_limit = '{megabytes}MB'")

    def attach(self, path: Path, name: str) -> None:
        """Attach another DuckDB file, read-only."""
        self._connection.execute(f"ATTACH {literal(str(path))} AS {name} (READ_ONLY)")


@contextmanager
def open_engine(work: Path, *, memory: int = DEFAULT_MEMORY, most: int | None = None) -> Iterator[Engine]:
    """An engine on a new working file in a temporary folder under `work`, removed at the end.

    It begins with so many MB of memory and takes at most `most`, by default half of the machine's.
    """
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="query-", dir=work) as folder:
        connection = duckdb.connect(str(Path(folder) / "work.duckdb"))
        try:
            connection.execute(f"SET temp_directory = {literal(str(Path(folder) / 'spill'))}")
            # Only DuckDB with its ICU extension has a session time zone; without, times show in UTC anyway.
            if connection.execute("FROM duckdb_settings() WHERE name = 'TimeZone'").fetchone():
                connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield Engine(connection, memory, most or max(memory, _half_of_the_machine()))
        finally:
            connection.close()


def _half_of_the_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2_000_000


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
