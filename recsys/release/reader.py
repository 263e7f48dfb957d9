"""Reads a release: hashes first, then memory-mapped arrays."""

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.arrays import Array
from recsys.digest import file_sha256
from recsys.errors import ReleaseError
from recsys.release.manifest import FILE_NAME, Manifest

TEMPORARY_PREFIX = ".writing-"


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose files have the hashes that its manifest says.

    With `is_own` its arrays are mapped from copies without a name, which nobody else can reach.
    """

    path: Path
    manifest: Manifest
    is_own: bool = False

    def own(self) -> Self:
        """The same, out of reach of whatever becomes of its files: for who runs for long.

        A file that is cut short while it is mapped kills whoever reads there (SIGBUS), and one that is
        written over changes under them. Costs the disk space of the arrays until the last is let go.
        """
        return replace(self, is_own=True)

    @property
    def release_id(self) -> str:
        """Its id, which is also the name of its folder."""
        return self.manifest.release_id

    def array(self, name: str) -> Array:
        """The array `name`, memory-mapped and read-only."""
        file = self._file(f"{name}.npy")
        values = np.load(file, mmap_mode="r", allow_pickle=False)
        mapped = _mapped_from_copy(file, values, self.path.parent) if self.is_own else values
        # As a plain array: every cut of NumPy's own kind for files runs Python code.
        return np.asarray(mapped)

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


def _mapped_from_copy(file: Path, values: Array, folder: Path) -> Array:
    """The array of a file from a copy without a name in a folder; of `values` only the shape is looked at."""
    if not isinstance(values, np.memmap):
        raise ReleaseError(f"{file} holds no array that can be mapped; train anew")
    writable = folder if os.access(folder, os.W_OK) else None
    with file.open("rb") as source, tempfile.TemporaryFile(prefix=TEMPORARY_PREFIX, dir=writable) as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        # One that was cut short before is shorter than its shape: an error here, and no signal later.
        copied: Array = np.memmap(copy, values.dtype, "r", values.offset, values.shape)
    return copied


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
