"""How many more candidates the minimums of some groupings take, where one candidate can serve several."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from recsys.arrays import Int32, Int64
from recsys.plan.groupings import NO_GROUP, Grouping


@dataclass(frozen=True, slots=True)
class Minimums:
    """The groupings that have minimums, and the cells that candidates fall into by their groups.

    `cell` is the cell of each candidate, `groups` (cells × groupings) the group of each cell, -1 for none,
    and `sizes` (cells) how many owners of candidates it holds.
    """

    groupings: tuple[Grouping, ...]
    cell: Int64
    groups: Int64
    sizes: Int64

    @classmethod
    def of(cls, groupings: tuple[Grouping, ...], owners: Int32) -> Self:
        """The minimums among some groupings of candidates, of whom those of one owner count once.

        An owner's candidates are in the same groups.
        """
        asking = tuple(grouping for grouping in groupings if grouping.least.any())
        if not asking:
            none = np.zeros(0, dtype=np.int64)
            return cls((), none, np.zeros((0, 0), dtype=np.int64), none)
        codes = np.column_stack([grouping.of for grouping in asking]).astype(np.int64)
        groups, cell = np.unique(codes, axis=0, return_inverse=True)
        cell = cell.ravel().astype(np.int64)
        _, first = np.unique(owners, return_index=True)
        return cls(asking, cell, groups, np.bincount(cell[first], minlength=len(groups)).astype(np.int64))

    def taken(self, chosen: Int32) -> Int64:
        """How many of some candidates fall into each cell."""
        if not self.groupings:
            return np.zeros(0, dtype=np.int64)
        return np.bincount(self.cell[chosen], minlength=len(self.sizes)).astype(np.int64)

    def needed_with(self, chosen: Int32) -> int:
        """How many more than some candidates the minimums take at least."""
        return self.needed(self.taken(chosen))

    def at_most_needed(self, taken: Int64) -> int:
        """A bound on `needed` that is quick to find: as if each candidate served one minimum."""
        return sum(int(lack.sum()) for lack in self._lacking(taken))

    def needed(self, taken: Int64) -> int:
        """How many more candidates the minimums take at least, where `taken` (cells) are chosen.

        A candidate serves a minimum of each grouping. Of the first two groupings that lack somebody, as many
        are served at once as a maximum flow through the cells finds; others are counted for themselves.
        """
        lacking = self._lacking(taken)
        together = sum(int(lack.sum()) for lack in lacking)
        short = [place for place, lack in enumerate(lacking) if lack.any()]
        if len(short) < 2:
            return together
        one, other = short[0], short[1]
        return together - self._at_once(one, lacking[one], other, lacking[other], self.sizes - taken)

    def _lacking(self, taken: Int64) -> list[Int64]:
        lacking = []
        for place, grouping in enumerate(self.groupings):
            group = self.groups[:, place]
            known = group != NO_GROUP
            have = np.zeros(len(grouping.least), dtype=np.int64)
            np.add.at(have, group[known], taken[known])
            lacking.append(np.maximum(grouping.least - have, 0))
        return lacking

    def _at_once(self, one: int, lack: Int64, other: int, lack_too: Int64, free: Int64) -> int:
        first, second = self.groups[:, one], self.groups[:, other]
        both = (first != NO_GROUP) & (second != NO_GROUP)
        n_first, n_second = len(lack), len(lack_too)
        source, sink = n_first + n_second, n_first + n_second + 1
        begins = [np.full(n_first, source), first[both], n_first + np.arange(n_second)]
        ends = [np.arange(n_first), n_first + second[both], np.full(n_second, sink)]
        capacity = np.concatenate([lack, free[both], lack_too]).astype(np.int32)
        places = (np.concatenate(begins), np.concatenate(ends))
        # Cells that differ in a third grouping alone are summed.
        graph = sparse.coo_array((capacity, places), shape=(sink + 1, sink + 1)).tocsr()
        return int(maximum_flow(graph, source, sink).flow_value)
