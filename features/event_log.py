"""The log of live events: rows of the contract's tables, on the disk before they are acknowledged.

An event is a state of a row, as every row of an export is: one that came before changes nothing, and a sale
that comes back is the same sale again, with a newer `updated_at`. So no order in which events come, and no
repetition, makes a difference. Several processes may write and read at one time.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Self, TypeAlias

import pyarrow as pa

from features.contracts import TABLES
from recsys.errors import DataError

FILE_NAME = "events.db"
WAIT_S = 5.0
# `synchronous = FULL`: what is acknowledged survives a loss of power, not only the end of the process.
_OPENING = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    place INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, creator_id TEXT, row TEXT NOT NULL,
    UNIQUE (table_name, row)
) STRICT;
CREATE INDEX IF NOT EXISTS events_of_creators ON events (creator_id, place) WHERE creator_id IS NOT NULL;
"""

Value: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a table, by column; what is left out is null. Instants are ISO 8601 texts, in UTC."""

    table: str
    row: Mapping[str, Value]

    @property
    def text(self) -> str:
        """The row as it is kept: equal rows are equal texts."""
        return json.dumps(self.row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Logged:
    """An event with its place in the log; places grow."""

    place: int
    event: Event


@dataclass(frozen=True, slots=True)
class EventLog:
    """The log in one file; there is none before the first event."""

    path: Path

    @classmethod
    def of(cls, home: Path) -> Self:
        """The log of a home folder."""
        return cls(home / FILE_NAME)

    def append(self, events: Sequence[Event]) -> int:
        """Keep all of some events or, where that fails, none; answers how many were not there yet.

        They are on the disk when this returns.
        """
        rows = [(one.table, one.row.get("creator_id"), one.text) for one in events]
        with self._opened(write=True) as connection, connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO events (table_name, creator_id, row) VALUES (?, ?, ?)", rows
            )
            return connection.total_changes - before

    @property
    def end(self) -> int:
        """The place of the last event; 0 where there is none."""
        return self._number("SELECT COALESCE(MAX(place), 0) FROM events")

    def end_of(self, creator_id: str) -> int:
        """The place of the last event that concerns a creator; 0 where there is none."""
        return self._number("SELECT COALESCE(MAX(place), 0) FROM events WHERE creator_id = ?", creator_id)

    def of_creator(self, creator_id: str) -> list[Logged]:
        """The events that concern a creator."""
        return list(self._read("WHERE creator_id = ?", creator_id))

    def has(self, table: str, key: str, value: str) -> bool:
        """Is there a row of a table whose column `key` has a value."""
        condition = "WHERE table_name = ? AND json_extract(row, ?) = ?"
        return bool(self._number(f"SELECT COUNT(*) FROM events {condition}", table, f"$.{key}", value))

    def tables(self, until: int) -> Mapping[str, pa.Table]:
        """All rows up to a place as the tables that an export could have, each value as text."""
        rows: dict[str, list[Mapping[str, Value]]] = {}
        for logged in self._read("WHERE place <= ?", until):
            rows.setdefault(logged.event.table, []).append(logged.event.row)
        return {name: _as_text(name, found) for name, found in rows.items()}

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
    def _opened(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        if write:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_S)) as connection:
                if write:
                    for pragma in _OPENING:
                        connection.execute(pragma)
                    connection.executescript(_SCHEMA)
                yield connection
        except sqlite3.DatabaseError as error:
            raise DataError(f"{self.path} cannot be read or written: {error}") from error


class EventPlaces:
    """The last place of each creator's events, kept up with the log, whoever writes. Threads may share it."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._lock = Lock()
        self._reader: sqlite3.Connection | None = None
        self._version = -1
        self._read_until = 0
        self._last: dict[str, int] = {}

    def last_of(self, creator_id: str) -> int:
        """The place of the last event that concerns a creator; 0 where there is none.

        Costs microseconds where nothing was written since it was asked last.
        """
        with self._lock:
            if self._reader is None:
                if not self._log.path.exists():
                    return 0
                self._reader = sqlite3.connect(self._log.path, timeout=WAIT_S, check_same_thread=False)
            try:
                self._keep_up(self._reader)
            except sqlite3.DatabaseError as error:
                raise DataError(f"{self._log.path} cannot be read: {error}") from error
            return self._last.get(creator_id, 0)

    def _keep_up(self, reader: sqlite3.Connection) -> None:
        ((version,),) = reader.execute("PRAGMA data_version")
        if version != self._version:
            sql = "SELECT creator_id, place FROM events WHERE place > ? ORDER BY place"
            for creator_id, place in reader.execute(sql, (self._read_until,)).fetchall():
                self._read_until = place
                if creator_id is not None:
                    self._last[creator_id] = place
            self._version = version


def _as_text(name: str, rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    """Rows with all columns of the contract, as a CSV file holds them."""
    columns = {
        column.name: pa.array([_text(row.get(column.name)) for row in rows], pa.string())
        for column in TABLES[name].columns
    }
    return pa.table(columns)


def _text(value: Value | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
