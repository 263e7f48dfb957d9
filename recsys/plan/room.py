"""What is left of the limits while candidates are chosen one after another."""

import numpy as np

from recsys.arrays import Int32
from recsys.plan.groupings import NO_GROUP
from recsys.plan.limits import Limits


class Room:
    """Keeps count of what is left. A candidate that is refused once is refused for ever."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._minimums = limits.minimums
        nobody = np.zeros(0, dtype=np.int32)
        self._counts = [grouping.counts(nobody) for grouping in limits.groupings]
        self._cells = self._minimums.taken(nobody)
        # Of cells that were asked about what was answered; a refusal stands, the rest until the next choice.
        self._admitted: dict[int, bool] = {}
        self._spare = 0
        self._owners = limits.owners
        self._taken: set[int] = set()
        self.samples = limits.places
        self.money = limits.money
        self._count_spare()

    def take(self, candidate: int) -> None:
        """Count a candidate as chosen."""
        self.samples -= 1
        self._taken.add(int(self._owners[candidate]))
        self.money -= float(self._limits.costs[candidate])
        for grouping, counts in zip(self._limits.groupings, self._counts, strict=True):
            if (group := int(grouping.of[candidate])) != NO_GROUP:
                counts[group] += 1
        if self._minimums.groupings:
            self._cells[self._minimums.cell[candidate]] += 1
            self._admitted = {cell: False for cell, admitted in self._admitted.items() if not admitted}
            self._count_spare()

    def admits(self, candidate: int) -> bool:
        """May a candidate be chosen so that the minimums can still be met."""
        if self.samples < 1 or int(self._owners[candidate]) in self._taken:
            return False
        if float(self._limits.costs[candidate]) > self.money:
            return False
        for grouping, counts in zip(self._limits.groupings, self._counts, strict=True):
            group = int(grouping.of[candidate])
            if group != NO_GROUP and counts[group] >= grouping.most[group]:
                return False
        return self._spare > 0 or self._leaves_minimums(int(self._minimums.cell[candidate]))

    def admits_all(self, candidates: Int32) -> bool:
        """May some candidates be chosen one after another; those that may are counted as chosen."""
        for candidate in candidates.tolist():
            if not self.admits(candidate):
                return False
            self.take(candidate)
        return True

    def _count_spare(self) -> None:
        """How many samples are free for whoever it may be, at least."""
        self._spare = self.samples - self._minimums.at_most_needed(self._cells)

    def _leaves_minimums(self, cell: int) -> bool:
        """Can the minimums still be met after a candidate of a cell.

        Where they cannot, no sample is to spare any more, and none will be: what serves nobody now will serve
        nobody later.
        """
        if cell not in self._admitted:
            after = self._cells.copy()
            after[cell] += 1
            self._admitted[cell] = self._minimums.needed(after) <= self.samples - 1
        return self._admitted[cell]
