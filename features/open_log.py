"""Opens the log of live events, wherever it is kept."""

from pathlib import Path

from features.event_log import EventLog
from features.sqlite_log import SqliteLog
from recsys.errors import UsageError


def open_log(home: Path, url: str | None = None) -> EventLog:
    """The log at a URL of PostgreSQL, by default the one in a home folder.

    Raises `UsageError` for a URL that names no PostgreSQL, or where its driver is not installed.
    """
    if url is None:
        return SqliteLog.of(home)
    try:
        from features.postgres_log import PostgresLog
    except ImportError as error:
        raise UsageError(
            "events in PostgreSQL need its driver: pip install 'creator-product-recsys[postgres]'"
        ) from error
    return PostgresLog(url)
