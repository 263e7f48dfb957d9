"""Pictures that commands write: who can draw brings them (docs/decisions/0017-commands.md)."""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from recsys.cli.assembly import REINSTALL
from recsys.errors import UsageError

GROUP = "recsys.pictures"
SUFFIX = ".png"
# From what the first 1, 2 … bring, after how many to stop, and what that is, to the bytes of a PNG.
DrawReach: TypeAlias = Callable[[Sequence[float], int, str], bytes]


def installed_reach(path: Path) -> DrawReach:
    """What draws the curve of reach that is to be written to `path`.

    Raises `UsageError` where that is no name of a PNG, or nobody installed draws.
    """
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"--plot: {str(path)!r} is drawn as a PNG; give a name that ends in {SUFFIX}")
    found = entry_points(group=GROUP, name="reach")
    if not found:
        raise UsageError(f"no installed package draws pictures ({GROUP}); {REINSTALL}")
    draw: DrawReach = next(iter(found)).load()
    return draw
