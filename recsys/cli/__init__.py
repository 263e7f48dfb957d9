"""The command line: how commands are found, what options they share, how they print.

Each package brings its commands in its own module `commands`, named as an entry point in `pyproject.toml`.
They import what they need when they run, so that `recsys products` does not wait for MLflow.
"""

import sys

from rich.console import Console

from recsys.cli.assembly import installed_commands, program
from recsys.errors import RecsysError, UsageError


def main() -> None:
    """Run one command; an error that the user can mend is one message and an exit code."""
    try:
        program(installed_commands())()
    except RecsysError as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        # A folder that cannot be made, read or written: the system's words name it and say why.
        _fail(str(error), UsageError.exit_code)


def _fail(message: str, exit_code: int) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"error: {message}")
    sys.exit(exit_code)


__all__ = ["main"]
