"""What a set of candidates is worth to a brand when their audiences overlap."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float64, Int32
from recsys.audience import BuyerSets


@dataclass(frozen=True, slots=True)
class Coverage:
    """The worth of candidates, of which each reaches the audience at its `row` of `audiences`.

    A candidate, once chosen, reaches each shopper of its audience with the chance `chance` (candidates, in
    [0, 1]), each for itself, and a shopper who is reached at all is worth `weight` (shoppers, at least 0).
    Beyond its audience a candidate brings `alone` (candidates, at least 0), which no other shares:

        worth(S) = Σ_{c ∈ S} alone_c + Σ_u weight_u · (1 − Π_{c ∈ S reaching u} (1 − chance_c))

    It grows with S, and what a candidate adds falls as S grows: the worth is monotone and submodular.
    """

    audiences: BuyerSets
    row: Int32
    chance: Float64
    weight: Float64
    alone: Float64

    def __len__(self) -> int:
        return len(self.row)

    @property
    def look(self) -> int:
        """How many numbers are looked at to find what each candidate adds."""
        return len(self) + int(np.diff(self.audiences.starts)[self.row].sum())

    def untouched(self) -> Float64:
        """Of each shopper the worth that is left while nobody is chosen: a copy of `weight`."""
        return self.weight.copy()

    def gain(self, candidate: int, left: Float64) -> float:
        """What a candidate adds where `left` is left of each shopper's worth."""
        reached = float(left[self.audiences.of(int(self.row[candidate]))].sum())
        return float(self.alone[candidate]) + float(self.chance[candidate]) * reached

    def gains(self, left: Float64) -> Float64:
        """What each candidate adds."""
        gains: Float64 = self.alone + self.chance * self.audiences.sums(left)[self.row]
        return gains

    def take(self, candidate: int, left: Float64) -> None:
        """Take what a candidate reaches from `left`, in place."""
        left[self.audiences.of(int(self.row[candidate]))] *= 1.0 - float(self.chance[candidate])

    def left_by(self, chosen: Int32) -> Float64:
        """Of each shopper the worth that is left by some candidates."""
        left = self.untouched()
        for candidate in chosen.tolist():
            self.take(candidate, left)
        return left

    def worth(self, chosen: Int32) -> float:
        """The worth of a set of candidates."""
        reached = self.weight - self.left_by(chosen)
        return float(self.alone[chosen].sum()) + float(reached.sum())

    def only(self, candidates: Int32) -> "Coverage":
        """The same with some of the candidates, in the order given."""
        return Coverage(
            self.audiences,
            self.row[candidates],
            self.chance[candidates],
            self.weight,
            self.alone[candidates],
        )
