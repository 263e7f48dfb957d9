"""The home folder: which releases there are, and which is served."""

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from recsys.errors import ReleaseError
from recsys.release.checks import ReleaseCheck, installed_faults
from recsys.release.reader import TEMPORARY_PREFIX, Release, open_release
from recsys.release.writer import ReleaseWriter, sync

# What is no name could lead out of the folder.
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")

Alias: TypeAlias = Literal["champion", "challenger", "previous"]


@dataclass(frozen=True, slots=True)
class ReleaseStore:
    """Releases under `<home>/releases/`, and beside them one small file for each alias.

    An alias file holds a release id and is replaced atomically, so a reader always finds a whole one. `check`
    has the last word on what becomes champion.
    """

    home: Path
    check: ReleaseCheck = installed_faults

    @property
    def releases(self) -> Path:
        """The folder of the releases."""
        return self.home / "releases"

    def writer(self) -> ReleaseWriter:
        """Start a new release."""
        return ReleaseWriter(self.releases)

    def ids(self) -> list[str]:
        """Ids of the releases, oldest night first."""
        if not self.releases.is_dir():
            return []
        return sorted(path.name for path in self.releases.iterdir() if path.is_dir() and path.name[0] != ".")

    def resolve(self, alias: Alias) -> str | None:
        """The release an alias points to, or None where it points nowhere: not yet, or to what is no name."""
        try:
            name = (self.releases / alias).read_bytes().decode("ascii", errors="replace").strip()
        except FileNotFoundError:
            return None
        return name if _NAME.fullmatch(name) else None

    def point(self, alias: Alias, release_id: str) -> None:
        """Let an alias point to a release, atomically."""
        if release_id not in self.ids():
            raise ReleaseError(f"there is no release {release_id} in {self.releases}")
        descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=self.releases)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(release_id + "\n")
            file.flush()
            # Temporary files are the writer's alone; who serves may be another user.
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(temporary).replace(self.releases / alias)
        sync(self.releases)

    def faults(self, release_id: str) -> Sequence[str]:
        """What keeps a release from being served; raises `ReleaseError` where it is damaged."""
        return self.check(open_release(self.releases / release_id))

    def promote(self, release_id: str, found: Sequence[str] | None = None) -> None:
        """Make a release the champion and remember the one it replaces.

        `found` are its faults where they have been looked for already, which takes a while. Raises
        `ReleaseError`, and leaves the champion as it is, where the release is damaged or faulty.
        """
        if faults := self.faults(release_id) if found is None else found:
            raise ReleaseError(f"release {release_id} cannot be served: {'; '.join(faults)}")
        current = self.resolve("champion")
        if current in self.ids() and current != release_id:
            self.point("previous", current)
        self.point("champion", release_id)

    def champion(self) -> Release:
        """Open the champion, verified; raises `ReleaseError` where there is none."""
        release_id = self.resolve("champion")
        if release_id is not None:
            return open_release(self.releases / release_id)
        pointer = self.releases / "champion"
        if pointer.exists():
            raise ReleaseError(f"{pointer} names no release; name one by `recsys releases promote`")
        raise ReleaseError(f"no champion in {self.releases} yet; run `recsys train` first")

    def previous(self) -> Release:
        """Open the release before the champion, verified; raises `ReleaseError` where there is none."""
        release_id = self.resolve("previous")
        if release_id is None:
            raise ReleaseError(f"{self.releases} remembers no release before the champion")
        return open_release(self.releases / release_id)

    def clean(self) -> None:
        """Remove what a killed writer left. Only for the one process that may write."""
        if self.releases.is_dir():
            for path in self.releases.glob(f"{TEMPORARY_PREFIX}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
