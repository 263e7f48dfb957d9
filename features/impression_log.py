"""Lists as they were served, in files of the contract's table `impressions`: more of the export for a night.

Several processes may write at one time, each its own files; a file is there whole or not at all. What is
older than what a night learns from may be deleted at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.release.writer import sync

FOLDER_NAME = "impressions"
SCHEMA = pa.schema(
    {
        "impression_id": pa.string(),
        "shown_at": pa.timestamp("us", tz="UTC"),
        "creator_id": pa.string(),
        "product_id": pa.string(),
        "position": pa.int32(),
        "propensity": pa.float64(),
        "release_id": pa.string(),
        "surface": pa.string(),
    }
)


@dataclass(frozen=True, slots=True)
class ImpressionLog:
    """The files in one folder; there is none before the first."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> Self:
        """The log of a home folder."""
        return cls(home / FOLDER_NAME)

    def write(self, rows: pa.Table, writer: str) -> Path:
        """Write rows of `SCHEMA` as one more file, on the disk when this returns.

        `writer` names who writes: no two that write at one time may share it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{writer}.parquet"
        partial = path.with_name(f".{path.name}.partial")
        pq.write_table(rows, partial, compression="zstd")
        sync(partial)
        partial.replace(path)
        sync(self.folder)
        return path

    def files(self) -> Sequence[Path]:
        """All files, the oldest first."""
        return sorted(self.folder.glob("*.parquet"))
