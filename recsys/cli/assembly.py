"""The program, put together from the commands that each installed package brings."""

from collections.abc import Iterable
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points

import typer
from typer.models import CommandInfo

from recsys.errors import UsageError

GROUP = "recsys.commands"
REINSTALL = "reinstall creator-product-recsys: pip install -e ."


class Panel(StrEnum):
    """Panels of the help in their order: the `rich_help_panel` of each command."""

    DATA = "Data"
    NIGHT = "Night"
    MATCHES = "Matches"
    TRIAL = "Trying it out"


PANELS = tuple(Panel)


def installed_commands() -> tuple[EntryPoint, ...]:
    """One typer app of commands for each package, as the installed metadata names them."""
    return tuple(entry_points(group=GROUP))


def program(packages: Iterable[EntryPoint]) -> typer.Typer:
    """The commands of all packages under one name, by panel; raises `UsageError` where there are none.

    Entry points are read from metadata written on installation: where that is older than the code, it has
    none, or names what is no longer there.
    """
    apps = [_load(package) for package in sorted(packages, key=lambda package: package.name)]
    if not apps:
        raise UsageError(f"no installed package brings commands ({GROUP}); {REINSTALL}")
    whole = typer.Typer(
        help="Which products each creator should promote, and which creators each brand should ask.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    commands = (command for app in apps for command in app.registered_commands)
    whole.registered_commands = sorted(commands, key=_place)
    whole.registered_groups = [group for app in apps for group in app.registered_groups]
    return whole


def _place(command: CommandInfo) -> int:
    return PANELS.index(command.rich_help_panel) if command.rich_help_panel in PANELS else len(PANELS)


def _load(package: EntryPoint) -> typer.Typer:
    try:
        app = package.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"the commands of {package.name} ({package.value}) are not there: {error}; {REINSTALL}"
        ) from error
    if not isinstance(app, typer.Typer):
        raise UsageError(f"the commands of {package.name} ({package.value}) are no typer app; {REINSTALL}")
    return app
