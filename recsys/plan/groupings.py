"""Candidates by a property of theirs, and how many of each group may or must be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.arrays import Int32, Int64

NO_GROUP = -1
_ANY_NUMBER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Candidates by one property: `of` is the group of each candidate, -1 where it has none.

    Of each group at least `least` and at most `most` are to be chosen; `what` (such as `region`) and `names`
    (groups) are for messages.
    """

    what: str
    names: Sequence[str]
    of: Int32
    least: Int64
    most: Int64

    @classmethod
    def at_most(cls, what: str, names: Sequence[str], of: Int32, most: Int64) -> "Grouping":
        """Groups without a minimum."""
        return cls(what, names, of, np.zeros(len(most), dtype=np.int64), most)

    @classmethod
    def at_least(cls, what: str, names: Sequence[str], of: Int32, least: Int64) -> "Grouping":
        """Groups without a maximum."""
        return cls(what, names, of, least, np.full(len(least), _ANY_NUMBER))

    def counts(self, chosen: Int32) -> Int64:
        """How many of some candidates are in each group."""
        groups = self.of[chosen]
        return np.bincount(groups[groups != NO_GROUP], minlength=len(self.least)).astype(np.int64)
