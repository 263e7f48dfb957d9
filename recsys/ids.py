"""External ids and their dense indices, with explicit misses."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.arrays import Int32, Int64
from recsys.errors import DataError, UnknownIdError

MISSING = -1


@dataclass(frozen=True, slots=True)
class IdIndex:
    """Ids of one kind in ascending order of their UTF-8 bytes; an id's position is its dense index.

    `text` holds the bytes of all ids one after another, `offsets` (n + 1) where each begins and the last
    one ends. So an id takes memory by its own length, and an index of any size is memory-mapped as it
    stands and looked up by binary search, without a dictionary in memory.
    """

    kind: str
    text: npt.NDArray[np.uint8]
    offsets: Int64

    @classmethod
    def from_ids(cls, kind: str, ids: Iterable[str] | pa.Array | pa.ChunkedArray) -> Self:
        """Build from distinct ids in any order; raises `DataError` for an empty or a repeated one."""
        given = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(ids, pa.large_string())
        column = pa.chunked_array(given.cast(pa.large_string())).combine_chunks()
        column = column.take(pc.sort_indices(column))
        if column.null_count or pc.any(pc.equal(column, "")).as_py():
            raise DataError(f"a {kind} id is empty; give it a real id")
        later = column.slice(1)
        repeated = later.filter(pc.equal(later, column.slice(0, len(later))))
        if len(repeated):
            raise DataError(f"{kind} id {repeated[0].as_py()!r} appears twice")
        _, offsets, text = column.buffers()
        bounds = np.frombuffer(offsets, np.int64)[: len(column) + 1]
        return cls(kind, np.frombuffer(text, np.uint8)[: bounds[-1]], bounds)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, str) and self.find(identifier) != MISSING

    def find(self, identifier: str) -> int:
        """The dense index of `identifier`, or `MISSING` (-1)."""
        # A lone surrogate, which JSON can carry, is in no valid id: a miss, not a failure.
        wanted = identifier.encode(errors="surrogatepass")
        # As plain buffers, of which a place is read in a third of the time.
        text, offsets = self.text.data, self.offsets.data
        place = bisect_left(
            range(len(self)), wanted, key=lambda at: text[offsets[at] : offsets[at + 1]].tobytes()
        )
        return place if place < len(self) and self._bytes_at(place) == wanted else MISSING

    def find_all(self, identifiers: Sequence[str]) -> Int32:
        """Dense indices, one for each identifier, `MISSING` (-1) where there is none."""
        return np.array([self.find(identifier) for identifier in identifiers], dtype=np.int32)

    def require(self, identifier: str) -> int:
        """The dense index of `identifier`; raises `UnknownIdError` where there is none."""
        index = self.find(identifier)
        if index == MISSING:
            raise UnknownIdError(self.kind, identifier)
        return index

    def id_of(self, index: int) -> str:
        """The external id at a dense index; raises `IndexError` outside 0 … len - 1."""
        if not 0 <= index < len(self):
            raise IndexError(f"{self.kind} index {index} is outside 0 … {len(self) - 1}")
        return self._bytes_at(index).decode()

    def ids(self) -> list[str]:
        """All ids in the order of their dense index."""
        return [self._bytes_at(index).decode() for index in range(len(self))]

    def _bytes_at(self, index: int) -> bytes:
        offsets = self.offsets.data
        return self.text.data[offsets[index] : offsets[index + 1]].tobytes()
