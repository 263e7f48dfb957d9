"""Popularity: the same ranking for everyone, and the baseline that every model must beat."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import Float32, column_sums
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData


@dataclass(frozen=True, slots=True)
class Popularity:
    """Ranks products by the sum of their affinity over all creators, which has decayed with age."""

    name: str = "popularity"

    def fit(self, data: TrainingData) -> "PopularityScorer":
        """Sum the columns of the affinity matrix."""
        totals = column_sums(data.rows.affinity).astype(np.float32)
        return PopularityScorer(totals.reshape(1, -1))


@dataclass(frozen=True, slots=True)
class PopularityScorer(LinearScorer):
    """One column of ones times one row of totals."""

    kind: ClassVar[str] = "popularity"
    totals: Float32

    @property
    def weights(self) -> Float32:
        """Totals, 1 × products."""
        return self.totals

    def embed(self, rows: CreatorRows) -> Float32:
        """A one for each creator."""
        return np.ones((len(rows), 1), dtype=np.float32)

    def state(self) -> ModelState:
        """The totals."""
        return {"totals": self.totals}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        return cls(state["totals"].astype(np.float32, copy=False))
