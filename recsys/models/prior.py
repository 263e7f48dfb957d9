"""What creators with given attributes sell: the answer for creators without any history."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys.arrays import CSR, Float32, Float64, Int64, column_sums, csr_of_parts, empty_csr, row_sums
from recsys.batches import batches
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData, dense
from recsys.models.sparse import inverse_power, most_frequent, scale_rows

# Weights are dense, attribute values × products: 64 MiB at the most.
MOST_CELLS = 16_000_000


@dataclass(frozen=True, slots=True)
class AttributePrior:
    """Naive Bayes over creator attributes on top of current demand.

    `score(c, p) = log P(p) + mean over c's attributes a of log(P(p | a) / P_all(p))`. P_all(p) is what
    creators sold at any time, P(p) mixes it with the trend; P(p | a) is shrunk towards P_all(p) as if
    `strength` more creators without the attribute had been seen, so a rare attribute changes little
    (empirical Bayes). Every creator with history counts once, however active. Of more attribute values
    than `MOST_CELLS` allow the most frequent count.
    """

    strength: float = 20.0
    trend_share: float = 0.5
    name: str = "attribute-prior"

    def fit(self, data: TrainingData) -> "AttributePriorScorer":
        """Count which attributes go with which products."""
        rows = data.with_history().rows
        shares = scale_rows(rows.affinity, inverse_power(row_sums(rows.affinity), 1.0))
        all_time = _all_time(column_sums(shares))
        chosen = most_frequent(rows.attributes, MOST_CELLS // max(data.n_products, 1))
        attributes: CSR = rows.attributes[:, chosen].T.tocsr()
        weights = np.empty((1 + len(chosen), data.n_products), dtype=np.float32)
        weights[0] = np.log(self._current(all_time, data.trend))
        for batch in batches(len(chosen), data.n_products):
            inside = attributes[batch]
            # Binary attributes × shares: expected number of creators with the attribute per product.
            sold = dense(inside @ shares).astype(np.float64)
            creators = row_sums(inside)[:, np.newaxis]
            given = (sold + self.strength * all_time) / (creators + self.strength)
            weights[1:][batch] = np.log(given / all_time)
        return AttributePriorScorer(weights, chosen)

    def _current(self, all_time: Float64, trend: Float32) -> Float64:
        """P(p): the trend has its share where there is one."""
        if trend.sum() <= 0:
            return all_time
        recent = trend.astype(np.float64) / trend.sum(dtype=np.float64)
        mixed: Float64 = (1 - self.trend_share) * all_time + self.trend_share * recent
        return mixed


def _all_time(counts: Float64) -> Float64:
    """P_all(p), never zero: half a creator is spread over the whole catalog."""
    smooth: Float64 = (counts + 0.5 / len(counts)) / (counts.sum() + 0.5)
    return smooth


@dataclass(frozen=True, slots=True)
class AttributePriorScorer(LinearScorer):
    """A one and the creator's attributes, averaged, times log probabilities.

    `chosen` are the attribute values that have lifts, by their column in the creators' rows.
    """

    kind: ClassVar[str] = "attribute-prior"
    log_probabilities: Float32
    chosen: Int64

    @property
    def weights(self) -> Float32:
        """Log P(p) in the first row, log lifts below: (1 + chosen attribute values) × products."""
        return self.log_probabilities

    def embed(self, rows: CreatorRows) -> CSR:
        """A one, then each chosen attribute's share of the creator's attributes."""
        attributes = rows.attributes
        if attributes.shape[1]:
            shares = scale_rows(attributes, inverse_power(row_sums(attributes), 1.0))[:, self.chosen]
        else:
            shares = empty_csr((len(rows), len(self.chosen)))
        n = len(rows)
        ones = csr_of_parts(np.ones(n), np.zeros(n, dtype=np.int32), np.arange(n + 1), (n, 1))
        embedding: CSR = sparse.hstack([ones, shares], format="csr")
        return embedding

    def state(self) -> ModelState:
        """The log probabilities and the attribute values that have lifts."""
        return {"log_probabilities": self.log_probabilities, "chosen": self.chosen}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        return cls(
            state["log_probabilities"].astype(np.float32, copy=False),
            state["chosen"].astype(np.int64, copy=False),
        )
