"""The command line: the one place where all packages meet.

Commands import what they need when they run, so that `recsys products` does not wait for MLflow.
"""

import sys

from rich.console import Console

from recsys.cli.app import app
from recsys.errors import RecsysError, UsageError


def main() -> None:
    """Run one command; an error that the user can mend is one message and an exit code."""
    try:
        app()
    except RecsysError as error:
        _fail(str(error), error.exit_code)
    except OSError as error:
        # A folder that cannot be made, read or written: the system's words name it and say why.
        _fail(str(error), UsageError.exit_code)


def _fail(message: str, exit_code: int) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"error: {message}")
    sys.exit(exit_code)


__all__ = ["main"]
