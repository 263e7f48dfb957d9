"""The log of live events: rows of the contract's tables, on the disk before they are acknowledged.

An event is a state of a row, as every row of an export is: one that came before changes nothing, and a sale
that comes back is the same sale again, with a newer `updated_at`. So no order in which events come, and no
repetition, makes a difference. Several processes may write and read at one time.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import pyarrow as pa

from features.contracts import TABLES
from recsys.errors import DataError

Value: TypeAlias = str | int | float | bool


class EventLogError(DataError):
    """The log cannot be read or written now; what was acknowledged is there."""


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
    """An event with its place in the log."""

    place: int
    event: Event


class EventPlaces(Protocol):
    """The last place of each creator's events, kept up with the log, whoever writes. Threads may share it."""

    @property
    def end(self) -> int:
        """The place of the last event that is known here; 0 where there is none."""

    def last_of(self, creator_id: str) -> int:
        """The place of the last event that concerns a creator; 0 where there is none.

        Costs microseconds where nothing was written since it was asked last.
        """

    def keep_up(self) -> None:
        """Know all that was appended before."""

    def followed(self) -> AbstractContextManager[None]:
        """Within the block what others append is known soon too."""


class EventLog(Protocol):
    """A log. Places grow, and whoever sees one sees all before it. All raise `EventLogError`."""

    def append(self, events: Sequence[Event]) -> int:
        """Keep all of some events or, where that fails, none; answers how many were not there yet.

        They are on the disk when this returns.
        """

    @property
    def end(self) -> int:
        """The place of the last event; 0 where there is none."""

    def of_creator(self, creator_id: str) -> list[Logged]:
        """The events that concern a creator, by place."""

    def has(self, table: str, identifier: str) -> bool:
        """Is there a row of a table whose first column of the key has a value."""

    def tables(self, until: int) -> Mapping[str, pa.Table]:
        """All rows up to a place as the tables that an export could have, each value as text."""

    def places(self) -> EventPlaces:
        """The last place of each creator's events."""

    def close(self) -> None:
        """Let go of what is open; it opens again where it is asked again."""


def as_tables(logged: Iterable[Logged]) -> Mapping[str, pa.Table]:
    """Rows by table, with all columns of the contract, as CSV files hold them."""
    rows: dict[str, list[Mapping[str, Value]]] = {}
    for one in logged:
        rows.setdefault(one.event.table, []).append(one.event.row)
    return {name: _as_text(name, found) for name, found in rows.items()}


def _as_text(name: str, rows: Sequence[Mapping[str, Value]]) -> pa.Table:
    columns = {
        column.name: pa.array([_text(row.get(column.name)) for row in rows], pa.string())
        for column in TABLES[name].columns
    }
    return pa.table(columns)


def _text(value: Value | None) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
