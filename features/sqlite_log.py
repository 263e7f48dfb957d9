"""The log of live events in one file of a home folder, for the processes of one machine."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self

import pyarrow as pa

from features.contracts import TABLES
from features.event_log import Event, EventLogError, Logged, as_tables

FILE_NAME = "events.db"
WAIT_S = 5.0
# `synchronous = FULL`: what is acknowledged survives a loss of power, not only the end of the process.
_OPENING = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS events (place INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, "
    "creator_id TEXT, row TEXT NOT NULL, UNIQUE (table_name, row)) STRICT",
    "CREATE INDEX IF NOT EXISTS events_of_creators ON events (creator_id, place) "
    "WHERE creator_id IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class SqliteLog:
    """An `EventLog` in one file; there is none before the first event."""

    path: Path

    @classmethod
    def of(cls, home: Path) -> Self:
        """The log of a home folder."""
        return cls(home / FILE_NAME)

    def append(self, events: Sequence[Event]) -> int:
        """As `EventLog` says."""
        rows = [(one.table, one.row.get("creator_id"), one.text) for one in events]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as connection, connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO events (table_name, creator_id, row) VALUES (?, ?, ?)", rows
            )
            return connection.total_changes - before

    @property
    def end(self) -> int:
        """As `EventLog` says."""
        return self._number("SELECT COALESCE(MAX(place), 0) FROM events")

    def of_creator(self, creator_id: str) -> list[Logged]:
        """As `EventLog` says."""
        return list(self._read("WHERE creator_id = ?", creator_id))

    def has(self, table: str, identifier: str) -> bool:
        """As `EventLog` says."""
        # As it stands in the text of a row, where no other value can hold it: a quote in one is escaped.
        told = Event(table, {TABLES[table].key[0]: identifier}).text.strip("{}")
        condition = "WHERE table_name = ? AND instr(row, ?) > 0"
        return bool(self._number(f"SELECT COUNT(*) FROM events {condition}", table, told))

    def tables(self, until: int) -> Mapping[str, pa.Table]:
        """As `EventLog` says."""
        return as_tables(self._read("WHERE place <= ?", until))

    def places(self) -> "SqlitePlaces":
        """As `EventLog` says."""
        return SqlitePlaces(self)

    def close(self) -> None:
        """Nothing stays open."""

    def _read(self, condition: str, *values: str | int) -> Iterator[Logged]:
        if self.path.exists():
            with self._opened() as connection:
                sql = f"SELECT place, table_name, row FROM events {condition} ORDER BY place"
                for place, table, text in connection.execute(sql, values).fetchall():
                    yield Logged(place, Event(table, json.loads(text)))

    def _number(self, sql: str, *values: str) -> int:
        if not self.path.exists():
            return 0
        with self._opened() as connection:
            ((number,),) = connection.execute(sql, values)
        return int(number)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(_connected(self.path)) as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise EventLogError(f"{self.path} cannot be read or written: {error}") from error


class SqlitePlaces:
    """`EventPlaces` of a file: SQLite tells at once whether anybody wrote to it."""

    def __init__(self, log: SqliteLog) -> None:
        self._log = log
        self._lock = Lock()
        self._reader: sqlite3.Connection | None = None
        self._version = -1
        self._read_until = 0
        self._last: dict[str, int] = {}

    @property
    def end(self) -> int:
        """As `EventPlaces` says."""
        self.keep_up()
        return self._read_until

    def last_of(self, creator_id: str) -> int:
        """As `EventPlaces` says."""
        self.keep_up()
        return self._last.get(creator_id, 0)

    def keep_up(self) -> None:
        """As `EventPlaces` says."""
        with self._lock:
            if self._reader is None and not self._log.path.exists():
                return
            try:
                self._reader = self._reader or _connected(self._log.path)
                self._read(self._reader)
            except sqlite3.DatabaseError as error:
                raise EventLogError(f"{self._log.path} cannot be read: {error}") from error

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Whoever asks looks for itself: there is nothing to do but to close the file."""
        try:
            yield
        finally:
            with self._lock:
                if self._reader is not None:
                    self._reader.close()
                self._reader, self._version = None, -1

    def _read(self, reader: sqlite3.Connection) -> None:
        ((version,),) = reader.execute("PRAGMA data_version")
        if version != self._version:
            sql = "SELECT creator_id, place FROM events WHERE place > ? ORDER BY place"
            for creator_id, place in reader.execute(sql, (self._read_until,)).fetchall():
                self._read_until = place
                if creator_id is not None:
                    self._last[creator_id] = place
            self._version = version


def _connected(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time."""
    connection = sqlite3.connect(path, timeout=WAIT_S, check_same_thread=False)
    # Whoever comes between the making of the file and that of the table makes it too.
    for command in (*_OPENING, *_SCHEMA):
        connection.execute(command)
    return connection
