"""What creators with given attributes sell: the answer for creators without any history."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import Float32, Float64, column_sums, row_sums
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData, dense
from recsys.models.sparse import inverse_power, scale_rows


@dataclass(frozen=True, slots=True)
class AttributePrior:
    """Naive Bayes over creator attributes on top of current demand.

    `score(c, p) = log P(p) + mean over c's attributes a of log(P(p | a) / P(p))`. P(p) mixes the trend
    with all-time affinity; P(p | a) is shrunk towards P(p) as if `strength` more creators without the
    attribute had been seen, so a rare attribute changes little (empirical Bayes). Every creator with
    history counts once, however active.
    """

    strength: float = 20.0
    trend_share: float = 0.5
    name: str = "attribute-prior"

    def fit(self, data: TrainingData) -> "AttributePriorScorer":
        """Count which attributes go with which products."""
        affinity = data.rows.affinity
        row_totals = row_sums(affinity)
        shares = scale_rows(affinity, inverse_power(row_totals, 1.0))
        overall = self._overall(column_sums(shares), data.trend)
        # Binary attributes × shares: expected number of creators with the attribute per product.
        by_attribute = dense(data.rows.attributes.T.tocsr() @ shares).astype(np.float64)
        creators = column_sums(data.rows.attributes[row_totals > 0])
        given = (by_attribute + self.strength * overall) / (creators[:, np.newaxis] + self.strength)
        lifts = np.log(given) - np.log(overall)
        return AttributePriorScorer(np.vstack([np.log(overall), lifts]).astype(np.float32))

    def _overall(self, counts: Float64, trend: Float32) -> Float64:
        """P(p), never zero: half a creator is spread over the whole catalog."""
        smooth: Float64 = (counts + 0.5 / len(counts)) / (counts.sum() + 0.5)
        if trend.sum() <= 0:
            return smooth
        recent = trend.astype(np.float64) / trend.sum(dtype=np.float64)
        mixed: Float64 = (1 - self.trend_share) * smooth + self.trend_share * recent
        return mixed


@dataclass(frozen=True, slots=True)
class AttributePriorScorer(LinearScorer):
    """A one and the creator's attributes, averaged, times log probabilities."""

    kind: ClassVar[str] = "attribute-prior"
    log_probabilities: Float32

    @property
    def weights(self) -> Float32:
        """Log P(p) in the first row, log lifts below: (1 + attribute values) × products."""
        return self.log_probabilities

    def embed(self, rows: CreatorRows) -> Float32:
        """A one, then each attribute's share of the creator's attributes."""
        totals = row_sums(rows.attributes)
        shares = dense(scale_rows(rows.attributes, inverse_power(totals, 1.0)))
        if shares.shape[1] == 0:
            shares = np.zeros((len(rows), self.log_probabilities.shape[0] - 1), dtype=np.float32)
        return np.hstack([np.ones((len(rows), 1), dtype=np.float32), shares])

    def state(self) -> ModelState:
        """The log probabilities."""
        return {"log_probabilities": self.log_probabilities}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        return cls(state["log_probabilities"].astype(np.float32, copy=False))
