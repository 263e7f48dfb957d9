"""How the program is put together from what packages bring."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest
import typer

from recsys.cli.assembly import GROUP, Panel, installed_commands, program
from recsys.errors import UsageError
from tests.command_line import Recsys

HEAVY = ("numpy", "scipy", "pyarrow", "duckdb", "mlflow", "implicit", "sklearn", "fastapi", "matplotlib")

brought = typer.Typer()


@brought.command(rich_help_panel=Panel.DATA)
def tidy() -> None:
    """A command that another distribution might bring."""


@brought.command()
def other() -> None:
    """One that names no panel."""


def _names(app: typer.Typer) -> Iterator[str]:
    for command in app.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__
    for group in app.registered_groups:
        yield str(group.name)


def test_each_package_brings_its_commands_and_help_has_them_by_panel() -> None:
    assert {point.name for point in installed_commands()} >= {"recsys", "features", "training", "serving"}
    assert list(_names(program(installed_commands()))) == [
        "validate",
        "train",
        "plan",
        "requests",
        "products",
        "creators",
        "export",
        "serve",
        "simulate",
        "demo",
        "benchmark",
        "releases",
        "keys",
    ]


def test_the_order_does_not_depend_on_that_of_the_metadata() -> None:
    points = installed_commands()
    assert list(_names(program(points))) == list(_names(program(reversed(points))))


def test_another_distribution_adds_commands_among_ours() -> None:
    mine = EntryPoint("mine", f"{__name__}:brought", GROUP)
    names = list(_names(program((*installed_commands(), mine))))

    assert names[:3] == ["validate", "tidy", "train"]
    assert names[-3:] == ["other", "releases", "keys"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ((), "no installed package brings commands (recsys.commands)"),
        (("recsys.gone:commands",), "the commands of mine (recsys.gone:commands) are not there: No module"),
        (("recsys.errors:commands",), "the commands of mine (recsys.errors:commands) are not there"),
        (("recsys.errors:UsageError",), "the commands of mine (recsys.errors:UsageError) are no typer app"),
    ],
)
def test_metadata_that_does_not_fit_the_code_says_to_reinstall(values: tuple[str, ...], fault: str) -> None:
    with pytest.raises(UsageError, match=re.escape(fault)) as caught:
        program([EntryPoint("mine", value, GROUP) for value in values])
    assert "pip install -e ." in str(caught.value)


def test_an_installation_without_commands_exits_2(recsys: Recsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.cli.installed_commands", lambda: ())
    done = recsys("train", "shop")

    assert done.returncode == 2
    assert "reinstall creator-product-recsys: pip install -e ." in done.stderr


def test_help_waits_for_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from recsys.cli.assembly import installed_commands, program\n"
        "program(installed_commands())\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout == "[]\n"
