"""Reads a release: hashes first, then memory-mapped arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.arrays import Array
from recsys.digest import file_sha256
from recsys.errors import ReleaseError
from recsys.release.manifest import FILE_NAME, Manifest


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose files have the hashes that its manifest says."""

    path: Path
    manifest: Manifest

    @property
    def release_id(self) -> str:
        """Its id, which is also the name of its folder."""
        return self.manifest.release_id

    def array(self, name: str) -> Array:
        """The array `name`, memory-mapped and read-only."""
        values: Array = np.load(self._file(f"{name}.npy"), mmap_mode="r", allow_pickle=False)
        return values

    def array_names(self, prefix: str) -> list[str]:
        """Names of the arrays that start with `prefix`."""
        names = (name.removesuffix(".npy") for name in self.manifest.files if name.endswith(".npy"))
        return sorted(name for name in names if name.startswith(prefix))

    def table(self, name: str) -> pa.Table:
        """The table `name`."""
        return pq.read_table(self._file(f"{name}.parquet"))

    def has_table(self, name: str) -> bool:
        """Is there a table `name`."""
        return f"{name}.parquet" in self.manifest.files

    def _file(self, name: str) -> Path:
        if name not in self.manifest.files:
            raise ReleaseError(
                f"release {self.release_id} has no file {name}; it was written by another version"
            )
        return self.path / name


def open_release(path: Path) -> Release:
    """Open a release after verifying it; raises `ReleaseError` saying which file is missing or damaged."""
    try:
        manifest = Manifest.from_bytes((path / FILE_NAME).read_bytes(), str(path / FILE_NAME))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReleaseError(f"{path} holds no release ({FILE_NAME} is missing); train one") from error
    if manifest.release_id != path.name:
        raise ReleaseError(f"{path} holds the release {manifest.release_id}: folder or manifest was changed")
    for name, expected in sorted(manifest.files.items()):
        file = path / name
        # What lies elsewhere is changed by others, and may be none of ours.
        if path.is_symlink() or file.is_symlink():
            raise ReleaseError(
                f"{file} leads out of its release; copy the release into its home, links are not followed"
            )
        if not file.is_file() or file_sha256(file) != expected:
            state = "is damaged" if file.is_file() else "is missing"
            raise ReleaseError(f"{file} {state}; roll back to another release or train anew")
    return Release(path, manifest)
