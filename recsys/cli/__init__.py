"""The command line: the one place where all packages meet.

Commands import what they need when they run, so that `recsys products` does not wait for MLflow.
"""

import sys

from rich.console import Console

from recsys.cli.app import app
from recsys.errors import RecsysError


def main() -> None:
    """Run one command; an error that the user can mend is one message and an exit code."""
    try:
        app()
    except RecsysError as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"error: {error}")
        sys.exit(error.exit_code)


__all__ = ["main"]
