"""What else must hold of a release before it may be served: the checks that installed packages bring.

The core knows nobody who serves. As with commands (docs/decisions/0017-commands.md), who does brings a check
as an entry point, so that a release is judged by the very code that will answer from it.
"""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import TypeAlias

from recsys.errors import UsageError
from recsys.release.reader import Release

GROUP = "recsys.release_checks"
# What is wrong with a whole release, each fault as a sentence; nothing where it may be served.
ReleaseCheck: TypeAlias = Callable[[Release], Sequence[str]]


def installed_faults(release: Release) -> Sequence[str]:
    """What the checks of all installed packages find wrong.

    Raises `UsageError` where none is installed: a release that nobody looked at is not served.
    """
    checks = sorted(entry_points(group=GROUP), key=lambda check: check.name)
    if not checks:
        raise UsageError(
            f"no installed package brings a check of releases ({GROUP}); "
            "reinstall creator-product-recsys: pip install -e ."
        )
    return [fault for check in checks for fault in check.load()(release)]
