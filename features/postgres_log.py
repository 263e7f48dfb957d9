"""The log of live events in PostgreSQL, where servers on several machines share it."""

import json
import logging
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from threading import Event as Signal
from threading import Lock
from typing import Final

import psycopg
import pyarrow as pa
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from features.contracts import TABLES
from features.event_log import Event, EventLogError, Logged, as_tables
from recsys.background import in_background
from recsys.errors import UsageError

WAIT_S: Final = 5
# News are looked for so often even where nobody tells of them; after a fault, less often.
LOOK_S: Final = 0.25
RETRY_S: Final = 1.0
_OPENING: Final = {
    "connect_timeout": WAIT_S,
    "tcp_user_timeout": WAIT_S * 1_000,
    "client_encoding": "utf8",
    # What is acknowledged survives a loss of power, whatever is the custom of the house.
    "options": f"-c lock_timeout={WAIT_S}s -c synchronous_commit=on",
}
_EXAMPLE: Final = "write it as postgresql+psycopg://user@host/database"
_CHANNEL: Final = "recsys_events"
# Ids are JSON texts: PostgreSQL keeps no NUL. Rows may be longer than what an index holds, so it holds their
# hashes.
_SCHEMA: Final = """
CREATE TABLE recsys_events (
    place BIGINT PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, table_name TEXT NOT NULL, own_id TEXT NOT NULL,
    creator_id TEXT, "row" TEXT NOT NULL
);
CREATE INDEX recsys_events_of_creators ON recsys_events (creator_id, place);
CREATE INDEX recsys_events_by_id ON recsys_events (table_name, own_id);
"""
# One writer at a time: else one that began first could end last, behind the back of who has read on.
_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtext('recsys_events'))"
_APPEND: Final = """
INSERT INTO recsys_events (place, digest, table_name, own_id, creator_id, "row")
SELECT known.last + row_number() OVER (ORDER BY new.number), digest, table_name, own_id, creator_id, "row"
FROM unnest(
    CAST(:digest AS BYTEA[]), CAST(:table_name AS TEXT[]), CAST(:own_id AS TEXT[]),
    CAST(:creator_id AS TEXT[]), CAST(:row AS TEXT[])
) WITH ORDINALITY AS new (digest, table_name, own_id, creator_id, "row", number),
(SELECT COALESCE(MAX(place), 0) AS last FROM recsys_events) AS known
WHERE NOT EXISTS (SELECT FROM recsys_events AS old WHERE old.digest = new.digest)
"""
_log = logging.getLogger(__name__)


class PostgresLog:
    """An `EventLog` in the table `recsys_events` of a database; it is made where it is not there."""

    def __init__(self, url: str) -> None:
        """Name the database; it is asked nothing yet.

        Raises `UsageError` for another database than PostgreSQL.
        """
        try:
            target = make_url(url)
        except ArgumentError:
            # Not with the URL, which may hold a password.
            raise UsageError("the URL of the log of events cannot be read; " + _EXAMPLE) from None
        if target.drivername not in ("postgresql", "postgresql+psycopg"):
            raise UsageError(f"events are not kept in {target.drivername}; " + _EXAMPLE)
        self._engine = create_engine(
            target.set(drivername="postgresql+psycopg"),
            connect_args=_OPENING,
            # What a writer has waited for it must see.
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
            pool_timeout=WAIT_S,
        )
        self._name = target.set(query={}).render_as_string(hide_password=True)
        self._is_there = False

    def append(self, events: Sequence[Event]) -> int:
        """As `EventLog` says."""
        rows = {_digest(one): one for one in events}
        values = {
            "digest": list(rows),
            "table_name": [one.table for one in rows.values()],
            "own_id": [json.dumps(one.row.get(TABLES[one.table].key[0])) for one in rows.values()],
            "creator_id": [_creator(one) for one in rows.values()],
            "row": [one.text for one in rows.values()],
        }
        with self._opened() as connection:
            connection.execute(text(_ALONE))
            added = connection.execute(text(_APPEND), values).rowcount
            if added:
                connection.execute(text(f"NOTIFY {_CHANNEL}"))
            return added

    @property
    def end(self) -> int:
        """As `EventLog` says."""
        with self._opened() as connection:
            return _whole(connection.scalar(text("SELECT COALESCE(MAX(place), 0) FROM recsys_events")))

    def of_creator(self, creator_id: str) -> list[Logged]:
        """As `EventLog` says."""
        return self._read("creator_id = :value", json.dumps(creator_id))

    def has(self, table: str, identifier: str) -> bool:
        """As `EventLog` says."""
        sql = "SELECT EXISTS (SELECT FROM recsys_events WHERE table_name = :table AND own_id = :own)"
        with self._opened() as connection:
            return bool(connection.scalar(text(sql), {"table": table, "own": json.dumps(identifier)}))

    def tables(self, until: int) -> Mapping[str, pa.Table]:
        """As `EventLog` says."""
        return as_tables(self._read("place <= :value", until))

    def places(self) -> "PostgresPlaces":
        """As `EventLog` says."""
        return PostgresPlaces(self)

    def close(self) -> None:
        """As `EventLog` says."""
        self._engine.dispose()

    def last_places(self, after: int) -> list[tuple[str | None, int]]:
        """The last place, after one, of each creator, and under None of what concerns nobody."""
        sql = "SELECT creator_id, MAX(place) FROM recsys_events WHERE place > :after GROUP BY creator_id"
        with self._opened() as connection:
            found = connection.execute(text(sql), {"after": after}).all()
        return [(None if name is None else json.loads(name), _whole(place)) for name, place in found]

    def news(self) -> Generator[None]:
        """Something when anything was appended, and every `LOOK_S` seconds; the first at once."""
        with self._opened() as connection:
            driver = connection.connection.driver_connection
            # Whoever had it next would hear of news that it did not ask for.
            connection.detach()
            connection.execute(text(f"LISTEN {_CHANNEL}"))
            connection.commit()
            while isinstance(driver, psycopg.Connection):
                yield
                for _ in driver.notifies(timeout=LOOK_S, stop_after=1):
                    pass

    def _read(self, condition: str, value: str | int) -> list[Logged]:
        sql = f'SELECT place, table_name, "row" FROM recsys_events WHERE {condition} ORDER BY place'
        with self._opened() as connection:
            found = connection.execute(text(sql), {"value": value}).all()
        return [Logged(place, Event(table, json.loads(row))) for place, table, row in found]

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        """A connection in a transaction, which is committed at the end."""
        try:
            with self._engine.connect() as connection:
                if not self._is_there:
                    _make_table(connection)
                    self._is_there = True
                yield connection
                connection.commit()
        except (SQLAlchemyError, psycopg.Error) as error:
            fault = error.orig if isinstance(error, DBAPIError) else error
            raise EventLogError(f"{self._name} cannot be read or written: {fault}") from error


class PostgresPlaces:
    """`EventPlaces` of a database: a thread hears of what others append, within milliseconds.

    While the database cannot be reached what was known holds.
    """

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self._lock = Lock()
        self._last: dict[str, int] = {}
        self.end = 0

    def last_of(self, creator_id: str) -> int:
        """As `EventPlaces` says."""
        return self._last.get(creator_id, 0)

    def keep_up(self) -> None:
        """As `EventPlaces` says."""
        with self._lock:
            for creator_id, place in self._log.last_places(self.end):
                if creator_id is not None:
                    self._last[creator_id] = place
                self.end = max(self.end, place)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """As `EventPlaces` says; raises `EventLogError` where the database cannot be reached at first."""
        self.keep_up()
        with in_background("events", self._follow):
            yield

    def _follow(self, ending: Signal) -> None:
        while not ending.is_set():
            try:
                with closing(self._log.news()) as news:
                    for _ in news:
                        if ending.is_set():
                            break
                        self.keep_up()
            except EventLogError as error:
                _log.error("live events of others are not heard of: %s", error)
                ending.wait(RETRY_S)


def _make_table(connection: Connection) -> None:
    connection.execute(text(_ALONE))
    # Who may not make it may still use it.
    if connection.scalar(text("SELECT to_regclass('recsys_events')")) is None:
        connection.execute(text(_SCHEMA))
    connection.commit()


def _digest(event: Event) -> bytes:
    return sha256(f"{event.table}\0{event.text}".encode()).digest()


def _creator(event: Event) -> str | None:
    creator_id = event.row.get("creator_id")
    return None if creator_id is None else json.dumps(creator_id)


def _whole(number: int | None) -> int:
    return int(number or 0)
