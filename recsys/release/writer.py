"""Writes a release: temporary folder, hashes, fsync, rename."""

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.arrays import Array
from recsys.digest import file_sha256
from recsys.errors import ReleaseError
from recsys.release.manifest import FILE_NAME, FORMAT_VERSION, Manifest, Provenance
from recsys.release.reader import TEMPORARY_PREFIX, Release, open_release


class ReleaseWriter:
    """Collects files out of sight; `commit` makes them a release in one rename.

    Leaving the `with` block without `commit` removes them. A killed process leaves a temporary folder
    that `ReleaseStore.clean` removes.
    """

    def __init__(self, releases: Path) -> None:
        releases.mkdir(parents=True, exist_ok=True)
        self._releases = releases
        self._folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=releases))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def array(self, name: str, values: Array) -> None:
        """Write `<name>.npy`, C-contiguous so that it can be memory-mapped."""
        np.save(self._folder / f"{name}.npy", np.asarray(values, order="C"), allow_pickle=False)

    def table(self, name: str, table: pa.Table) -> None:
        """Write `<name>.parquet`."""
        pq.write_table(table, self._folder / f"{name}.parquet", compression="zstd")

    def draft(self, provenance: Provenance) -> Release:
        """What was written so far, to be asked before more is written; its id will be another."""
        files = sorted(path.name for path in self._folder.iterdir() if path.is_file())
        return Release(self._folder, Manifest(FORMAT_VERSION, provenance, dict.fromkeys(files, "")))

    def commit(self, provenance: Provenance) -> str:
        """Hash and sync everything, write the manifest, rename; returns the release id.

        Where the same release is there already, it stays as it is; a damaged one is replaced.
        """
        files = sorted(path for path in self._folder.iterdir() if path.is_file())
        manifest = Manifest(FORMAT_VERSION, provenance, {path.name: file_sha256(path) for path in files})
        (self._folder / FILE_NAME).write_bytes(manifest.to_bytes())
        for path in (*files, self._folder / FILE_NAME, self._folder):
            sync(path)
        target = self._releases / manifest.release_id
        if target.exists() and not _is_intact(target):
            target.rename(self._folder.with_name(f"{self._folder.name}-damaged"))
        if not target.exists():
            self._folder.chmod(0o755)
            self._folder.rename(target)
            sync(self._releases)
        return manifest.release_id


def _is_intact(path: Path) -> bool:
    try:
        open_release(path)
    except ReleaseError:
        return False
    return True


def sync(path: Path) -> None:
    """Ask the operating system to put a file or folder onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
