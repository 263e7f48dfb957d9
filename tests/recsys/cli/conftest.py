"""Runs the command line as a user does: arguments in, output and exit code out."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from recsys.cli import main
from training.simulation import SimulationSettings, simulate


@dataclass(frozen=True)
class Done:
    """What a command left on the screen, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Recsys = Callable[..., Done]


@pytest.fixture(scope="session")
def recsys() -> Recsys:
    """Run `recsys` with some arguments, in this process: a new one would import everything anew."""

    def run(*arguments: object) -> Done:
        out, err = io.StringIO(), io.StringIO()
        code = 0
        with (
            patch("sys.argv", ["recsys", *(str(argument) for argument in arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as done:
                code = int(done.code or 0)
        return Done(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def csv_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export as CSV; not to be changed."""
    folder = tmp_path_factory.mktemp("csv") / "export"
    simulate(folder, SimulationSettings(creators=150, products=60, days=60, seed=3), file_format="csv")
    return folder


@pytest.fixture(scope="session")
def home(csv_export: Path, recsys: Recsys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a champion trained by the command line; not to be changed."""
    folder = tmp_path_factory.mktemp("cli") / "home"
    done = recsys("train", csv_export, "--home", folder)
    assert done.returncode == 0, done.stderr
    return folder
