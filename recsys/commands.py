"""The core's command: `recsys releases` says which releases there are, and which is served."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.assembly import Panel
from recsys.cli.options import DEFAULT_HOME, Home
from recsys.cli.output import console, print_table
from recsys.errors import ReleaseError
from recsys.split import iso

if TYPE_CHECKING:
    from recsys.release.store import ReleaseStore

commands = typer.Typer()
releases = typer.Typer(help="List, promote, roll back, verify and prune releases.", no_args_is_help=True)
commands.add_typer(releases, name="releases", rich_help_panel=Panel.NIGHT)
ReleaseId = Annotated[str, typer.Argument(help="A release id, as `recsys releases list` prints it.")]


@releases.command("list")
def list_releases(home: Home = DEFAULT_HOME) -> None:
    """All releases, oldest night first."""
    from recsys.release.manifest import HEADLINE
    from recsys.release.reader import open_release

    store = _store(home)
    aliases = {store.resolve(alias): alias for alias in ("previous", "challenger", "champion")}
    rows = []
    for release_id in store.ids():
        try:
            night = open_release(store.releases / release_id).manifest.provenance
            figure = night.metrics.get(HEADLINE, "")
            rows.append((release_id, aliases.get(release_id, ""), iso(night.as_of), figure, "whole"))
        except ReleaseError as error:
            rows.append((release_id, aliases.get(release_id, ""), "", "", str(error)))
    print_table(str(store.releases), ("release", "alias", "as of", "NDCG@20", "state"), rows)


@releases.command()
def promote(release_id: ReleaseId, home: Home = DEFAULT_HOME) -> None:
    """Serve this release from now on."""
    _store(home).promote(release_id)
    console().print(f"champion: {release_id}")


@releases.command()
def rollback(home: Home = DEFAULT_HOME) -> None:
    """Serve the release before the champion again."""
    store = _store(home)
    previous = store.resolve("previous")
    if previous is None:
        raise ReleaseError(f"{store.releases} remembers no release before the champion")
    store.promote(previous)
    console().print(f"champion: {previous}")


@releases.command()
def verify(home: Home = DEFAULT_HOME) -> None:
    """Check every file of every release against its hash; exit 3 where one is damaged."""
    from recsys.release.reader import open_release

    store = _store(home)
    damaged = []
    for release_id in store.ids():
        try:
            open_release(store.releases / release_id)
            console().print(f"{release_id}: whole")
        except ReleaseError as error:
            damaged.append(str(error))
    if damaged:
        raise ReleaseError("\n".join(damaged))


@releases.command()
def prune(
    home: Home = DEFAULT_HOME,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest to keep.")] = 7,
) -> None:
    """Remove old releases; the champion, the one before it and the challenger always stay."""
    store = _store(home)
    needed = {store.resolve(alias) for alias in ("champion", "previous", "challenger")}
    old = [release_id for release_id in store.ids()[:-keep] if release_id not in needed]
    for release_id in old:
        shutil.rmtree(store.releases / release_id)
        console().print(f"removed {release_id}")
    if not old:
        console().print(f"nothing to remove: of {len(store.ids())} releases {keep} may stay")


def _store(home: Path) -> "ReleaseStore":
    from recsys.release.store import ReleaseStore

    return ReleaseStore(home)
