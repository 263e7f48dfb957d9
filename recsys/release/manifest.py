"""What a release says of itself: `manifest.json`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from recsys.digest import canonical_json, value_sha256
from recsys.errors import ReleaseError

FORMAT_VERSION = 6
FILE_NAME = "manifest.json"
# The figure among `Provenance.metrics` by which releases are compared.
HEADLINE = "recipe/all/ndcg_at_20"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a release comes from. Holds no clock reading: the same night gives the same provenance.

    `as_of` is in microseconds of UTC; `metrics` maps `model/segment/metric_at_k` to a value.
    """

    as_of: int
    data_digest: str
    code_version: str
    seed: int
    parameters: Mapping[str, object]
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Provenance, and the SHA-256 of every file by its path inside the release."""

    format_version: int
    provenance: Provenance
    files: Mapping[str, str]

    @property
    def release_id(self) -> str:
        """The night and the hash of everything in it: equal ids mean equal bytes."""
        night = datetime.fromtimestamp(self.provenance.as_of / 1e6, tz=UTC)
        return f"{night:%Y%m%dT%H%M%SZ}-{value_sha256(asdict(self))[:12]}"

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical_json(asdict(self))

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Self:
        """Parse; raises `ReleaseError` naming `where` if it is not a manifest of this format."""
        try:
            raw = json.loads(content)
            version = raw["format_version"]
            if version != FORMAT_VERSION:
                raise ReleaseError(
                    f"{where} has the release format {version}, this version reads {FORMAT_VERSION}; "
                    "train anew or serve it with the version that wrote it"
                )
            return cls(version, Provenance(**raw["provenance"]), dict(raw["files"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ReleaseError(
                f"{where} is not a release manifest ({error}); roll back or train anew"
            ) from error
