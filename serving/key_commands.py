"""`recsys keys`: create, list and revoke the API keys of a home."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import DEFAULT_HOME, Home
from recsys.cli.output import console, print_table
from recsys.errors import UsageError

if TYPE_CHECKING:
    from serving.guard.keys import KeyFile, Role

keys = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


@keys.command()
def create(
    role: Annotated[str, typer.Option(help="creator, brand, marketplace or admin.")],
    subject: Annotated[
        str | None, typer.Option("--for", help="The creator or brand whose key it is; it sees only its own.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it is valid; default: until revoked.")
    ] = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """Make a key and print it, this once; only its hash is kept."""
    now = datetime.now(UTC)
    expires_in = None if days is None else timedelta(days=days)
    key, _ = _file(home).create(_role(role), subject, expires_in, now)
    typer.echo(key)


@keys.command("list")
def list_keys(home: Home = DEFAULT_HOME) -> None:
    """All keys of the home, without their secrets."""
    now = datetime.now(UTC)
    file = _file(home)
    rows = [
        (
            record.key_id,
            record.role.value,
            record.subject or "",
            f"{record.created_at:%Y-%m-%d}",
            f"{record.expires_at:%Y-%m-%d}" if record.expires_at else "",
            "valid" if record.is_valid(now) else "expired",
        )
        for record in file.read() or ()
    ]
    print_table(str(file.path), ("key", "role", "for", "created", "expires", "state"), rows)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="As `recsys keys list` prints it.")], home: Home = DEFAULT_HOME
) -> None:
    """Let a key be refused from its next request on."""
    _file(home).revoke(key_id)
    console().print(f"revoked {key_id}")


def _file(home: Path) -> "KeyFile":
    from serving.guard.keys import KeyFile

    return KeyFile.of(home)


def _role(name: str) -> "Role":
    from serving.guard.keys import Role

    if name not in list(Role):
        raise UsageError(f"there is no role {name!r}; there are {', '.join(Role)}")
    return Role(name)
