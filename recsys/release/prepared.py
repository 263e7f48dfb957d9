"""Lists that a night rendered: what whoever serves the release would answer to the plainest of questions.

The core keeps them and knows nothing of what they say. Who serves releases makes them, as an entry point
(docs/decisions/0036-prepared-lists.md), and reads them again.
"""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from recsys.arrays import Array, Int32, Int64
from recsys.release.reader import Release

GROUP = "recsys.prepared_lists"
DIRECTIONS = ("creators", "products")
# Level 6 makes lists a seventh of their size; beyond it time grows faster than what it saves.
_LEVEL = 6
# JSON writes the ends of lines inside texts otherwise.
_BETWEEN = b"\n"


@dataclass(frozen=True, slots=True)
class PreparedList:
    """One list, best first: `listed` names what is on it, by index, `entries` says it in one line each."""

    listed: Int32
    entries: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PreparedLists:
    """The lists of n creators or of n products, of at most so many places each.

    `text` holds them one after another, each compressed; that of `i` from `offsets[i]` to `offsets[i + 1]`,
    nothing where none was prepared. `listed` (n × places) is -1 where there is nothing.
    """

    text: npt.NDArray[np.uint8]
    offsets: Int64
    listed: Int32

    @classmethod
    def of(cls, n: int, places: int, lists: Iterable[tuple[int, PreparedList]]) -> Self:
        """From the lists of some of n, each with its index, in ascending order."""
        lengths, listed = np.zeros(n, dtype=np.int64), np.full((n, places), -1, dtype=np.int32)
        parts = []
        for index, prepared in lists:
            parts.append(zlib.compress(_BETWEEN.join(prepared.entries), _LEVEL))
            lengths[index] = len(parts[-1])
            listed[index, : len(prepared.listed)] = prepared.listed
        text = np.frombuffer(b"".join(parts), dtype=np.uint8)
        return cls(text, np.concatenate([[0], np.cumsum(lengths)]), listed)

    @property
    def places(self) -> int:
        """The most that a list holds."""
        return int(self.listed.shape[1])

    def list_of(self, index: int) -> PreparedList | None:
        """A list; None where none was prepared."""
        begin, end = self.offsets[index : index + 2].tolist()
        if begin == end:
            return None
        text, listed = isal_zlib.decompress(self.text[begin:end]), self.listed[index]
        return PreparedList(listed[listed >= 0], tuple(text.split(_BETWEEN)) if text else ())

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores them."""
        return {"text": self.text, "offsets": self.offsets, "listed": self.listed}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        return cls(
            state["text"].astype(np.uint8, copy=False),
            state["offsets"].astype(np.int64, copy=False),
            state["listed"].astype(np.int32, copy=False),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was prepared in both directions, where a share `explore` of the places is drawn."""

    creators: PreparedLists
    products: PreparedLists
    explore: float

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        arrays: dict[str, Array] = {"explore": np.array(self.explore)}
        for direction in DIRECTIONS:
            lists: PreparedLists = getattr(self, direction)
            arrays |= {f"{direction}.{name}": array for name, array in lists.state().items()}
        return arrays

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        creators, products = (
            PreparedLists.from_state(
                {name: state[f"{direction}.{name}"] for name in ("text", "offsets", "listed")}
            )
            for direction in DIRECTIONS
        )
        return cls(creators, products, float(state["explore"]))


# A release that nobody has seen yet, and of how many in each direction to prepare the list at most.
# None where it cannot answer at all.
Prepare: TypeAlias = Callable[[Release, int], Prepared | None]


def installed_prepare() -> Prepare | None:
    """What the installed package that serves brings; None where there is none: all answers are computed."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    prepare: Prepare | None = found[0].load() if found else None
    return prepare
