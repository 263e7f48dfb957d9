"""Runs the command line as a user does: arguments in, output and exit code out."""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

from recsys.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left on the screen, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


Recsys = Callable[..., Done]


def run(*arguments: object) -> Done:
    """Run `recsys` with some arguments, in this process: a new one would import everything anew."""
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
