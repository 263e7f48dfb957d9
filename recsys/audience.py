"""Who buys through whom: what the buyers of creators bought elsewhere, and which buyers they share."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import CSR, Bool, Float64, Int32, Int64


@dataclass(frozen=True, slots=True)
class Audience:
    """How many buyers of a creator bought in a category from other creators, and how many units.

    Both are creators × categories and store the same cells, net of refunds; a category's code is its place
    by its first product. Empty where a market does not tell its buyers apart.
    """

    buyers: CSR
    units: CSR


@dataclass(frozen=True, slots=True)
class BuyerSets:
    """Sets of buyers, one a row: those of row r are `members[starts[r]:starts[r + 1]]`, ascending."""

    starts: Int64
    members: Int32

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, row: int) -> Int32:
        """The buyers of one row."""
        return self.members[self.starts[row] : self.starts[row + 1]]

    def has(self, row: int, buyers: Int32) -> Bool:
        """Which of some buyers are in a row's set; that may be large."""
        own = self.of(row)
        places = np.searchsorted(own, buyers)
        inside = places < len(own)
        inside[inside] = own[places[inside]] == buyers[inside]
        return inside

    def sums(self, values: Float64) -> Float64:
        """Of each row the sum of the values (buyers) of its buyers."""
        sums = np.zeros(len(self))
        some = np.flatnonzero(np.diff(self.starts))
        if len(some):
            # Empty rows left out, each sum ends where the next begins.
            sums[some] = np.add.reduceat(values[self.members], self.starts[some])
        return sums
