"""Options that several commands share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from recsys.errors import UsageError

Home: TypeAlias = Annotated[
    Path, typer.Option("--home", envvar="RECSYS_HOME", help="Folder of releases, mlflow.db and logs.")
]
Data: TypeAlias = Annotated[Path, typer.Argument(help="Marketplace export: a folder or a DuckDB file.")]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option("--as-of", help="Nothing after this UTC time is read; default: the newest row."),
]
AllowBadShare: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--allow-bad-share", help="Share of a table's rows that may go to quarantine, such as 0.001."
    ),
]
Events: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--events",
        envvar="RECSYS_EVENTS",
        help="Log of live events in PostgreSQL, as a URL; default: events.db in the home.",
    ),
]
MinRecentGmv: TypeAlias = Annotated[
    float | None, typer.Option(min=0, help="Creators who sold for so much in the last half horizon.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
K: TypeAlias = Annotated[int, typer.Option("--k", min=1, max=200, help="How many matches.")]

Seed: TypeAlias = Annotated[int, typer.Option("--seed", min=0, help="Same data and seed: same bytes.")]

DEFAULT_HOME = Path(".recsys")


def instant(text: str | None) -> int | None:
    """Microseconds of UTC of an ISO 8601 time or date; a time without zone is UTC."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--as-of {text!r} is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from error
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1_000_000)
