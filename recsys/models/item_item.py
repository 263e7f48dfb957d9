"""Item–item neighbourhood: products that sell through the same creators."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import CSC, CSR, Float32, Int32, column_sums, csr_of_parts, stored_in
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.sparse import degree_normalised, inverse_power, product_top_n, scale_columns


@dataclass(frozen=True, slots=True)
class ItemItem:
    """Degree-normalised co-affinity, for each product its `neighbours` strongest targets.

    With R the affinity and C, P its row and column sums, `S = P^-s Rᵀ C^-c R P^-t`. c = 1, s = t = 1/2 is the
    linear graph filter of Shen et al., "How Powerful is Graph Convolution for Recommendation?" (2021). A
    smaller `target_exponent` leaves popular products more of their lead. The diagonal stays: a product
    that a creator has shown but not yet sold is the likeliest next sale.
    """

    neighbours: int = 500
    creator_exponent: float = 0.5
    source_exponent: float = 0.5
    target_exponent: float = 0.5
    name: str = "item-item"

    def fit(self, data: TrainingData) -> "ItemItemScorer":
        """Multiply the normalised matrices, keeping the largest entries of each row."""
        affinity = data.rows.affinity
        sources = scale_columns(affinity, inverse_power(column_sums(affinity), self.source_exponent))
        targets = degree_normalised(affinity, self.creator_exponent, self.target_exponent)
        return ItemItemScorer(product_top_n(sources.T.tocsr(), targets, self.neighbours))


@dataclass(frozen=True)
class ItemItemScorer(LinearScorer):
    """A creator's affinity row times the pruned item–item matrix."""

    kind: ClassVar[str] = "item-item"
    similarity: CSR

    @property
    def weights(self) -> CSR:
        """Similarity, products × products."""
        return self.similarity

    @cached_property
    def by_product(self) -> CSC:
        """The same, quick to read by the product scored."""
        matrix: CSC = self.similarity.tocsc()
        return matrix

    def columns(self, products: Int32) -> Float32:
        """The product side of some products, without a look at all others."""
        found = np.zeros((self.n_products, len(products)), dtype=np.float32)
        places, at = stored_in(self.by_product, products)
        found[self.by_product.indices[at], places] = self.by_product.data[at]
        return found

    def embed(self, rows: CreatorRows) -> CSR:
        """The affinity rows as they are."""
        return rows.affinity

    def state(self) -> ModelState:
        """The three arrays of the CSR matrix."""
        return {
            "data": self.similarity.data,
            "indices": self.similarity.indices,
            "indptr": self.similarity.indptr,
        }

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        n = len(state["indptr"]) - 1
        return cls(csr_of_parts(state["data"], state["indices"], state["indptr"], (n, n)))
