"""Releases for the tests."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from recsys.release.manifest import Provenance
from recsys.release.store import ReleaseStore

NIGHT = 1_767_225_600_000_000


def provenance(**changes: object) -> Provenance:
    given: dict[str, object] = {
        "as_of": NIGHT,
        "data_digest": "abc",
        "code_version": "0.1.0",
        "seed": 0,
        "parameters": {"recipe": {"weights": (0.4, 0.6)}},
        "metrics": {"recipe/all/ndcg_at_20": 0.25},
    }
    return Provenance(**{**given, **changes})  # type: ignore[arg-type]


def write_release(home: Path, *, as_of: int = NIGHT, value: float = 1.0) -> str:
    with ReleaseStore(home).writer() as writer:
        writer.array("numbers", np.array([value, 2.0, 3.0]))
        writer.table("names", pa.table({"name": ["a", "b"]}))
        return writer.commit(provenance(as_of=as_of))
