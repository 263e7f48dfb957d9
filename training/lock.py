"""One night at a time in one home folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recsys.errors import UsageError


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Hold the home's training lock; the operating system frees it even when the process is killed.

    Raises `UsageError` where another process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "train.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"another `recsys train` is running in {home}; wait for it to end") from error
        yield
