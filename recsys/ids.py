"""External ids and their dense indices, with explicit misses."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from recsys.arrays import Int32
from recsys.errors import DataError, UnknownIdError

MISSING = -1


@dataclass(frozen=True, slots=True)
class IdIndex:
    """Ids of one kind in ascending order of their UTF-8 bytes; an id's position is its dense index.

    The ids are one sorted fixed-width byte array, so an index of any size is memory-mapped as it
    stands and looked up by binary search, without a dictionary in memory.
    """

    kind: str
    encoded: npt.NDArray[np.bytes_]

    @classmethod
    def from_ids(cls, kind: str, ids: Iterable[str]) -> Self:
        """Build from distinct ids in any order.

        Raises `DataError` for an empty id, a repeated id, or one that ends in a NUL character
        (a fixed-width array cannot hold it).
        """
        encoded = sorted(identifier.encode() for identifier in ids)
        for earlier, later in itertools.pairwise(encoded):
            if earlier == later:
                raise DataError(f"{kind} id {later.decode()!r} appears twice")
        if encoded and (encoded[0] == b"" or any(identifier.endswith(b"\0") for identifier in encoded)):
            raise DataError(f"a {kind} id is empty or ends in a NUL character; give it a real id")
        return cls(kind, np.array(encoded, dtype=np.bytes_))

    def __len__(self) -> int:
        return len(self.encoded)

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and self.find(identifier) != MISSING

    def find(self, identifier: str) -> int:
        """The dense index of `identifier`, or `MISSING` (-1)."""
        return int(self.find_all([identifier])[0])

    def find_all(self, identifiers: Sequence[str]) -> Int32:
        """Dense indices, one for each identifier, `MISSING` (-1) where there is none."""
        if not len(self.encoded) or not identifiers:
            return np.full(len(identifiers), MISSING, dtype=np.int32)
        # A lone surrogate, which JSON can carry, is in no valid id: a miss, not a failure.
        raw = [identifier.encode(errors="surrogatepass") for identifier in identifiers]
        # Fixed-width arrays cut what is too long and drop trailing NULs: neither may alias another id.
        width = self.encoded.dtype.itemsize
        exact = np.array([len(identifier) <= width and not identifier.endswith(b"\0") for identifier in raw])
        wanted = np.array(raw, dtype=self.encoded.dtype)
        positions = np.minimum(np.searchsorted(self.encoded, wanted), len(self.encoded) - 1)
        found = (self.encoded[positions] == wanted) & exact
        return np.where(found, positions, MISSING).astype(np.int32)

    def require(self, identifier: str) -> int:
        """The dense index of `identifier`; raises `UnknownIdError` where there is none."""
        index = self.find(identifier)
        if index == MISSING:
            raise UnknownIdError(self.kind, identifier)
        return index

    def id_of(self, index: int) -> str:
        """The external id at a dense index; raises `IndexError` outside 0 … len - 1."""
        if not 0 <= index < len(self.encoded):
            raise IndexError(f"{self.kind} index {index} is outside 0 … {len(self.encoded) - 1}")
        return bytes(self.encoded[index]).decode()

    def ids(self) -> list[str]:
        """All ids in the order of their dense index."""
        return [bytes(identifier).decode() for identifier in self.encoded]
