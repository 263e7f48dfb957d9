"""A real PostgreSQL of Debian's package, in a temporary folder, for whoever runs the tests."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "recsys"


def binary(name: str) -> str | None:
    """A program of the server: Debian puts most of them where no path leads."""
    return shutil.which(name) or max(
        map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None
    )


def _unprivileged() -> str | None:
    """Whose process the server is: it refuses to be root's. None where this is nobody special."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running(initdb: str, pg_ctl: str) -> Iterator[str]:
    """The URL of a server that runs until the block ends, at a socket in a folder of its own."""
    user = _unprivileged()
    # Not below pytest's own folder, where nobody else may look.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = str(Path(folder) / "data")

        def run(*command: str) -> None:
            subprocess.run(
                command, check=True, capture_output=True, user=user, extra_groups=[], cwd=folder, timeout=60
            ) if user is not None else subprocess.run(command, check=True, capture_output=True, timeout=60)

        run(initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(pg_ctl, "-D", data, "-w", "-l", str(Path(folder) / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{USER}@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "stop")
