"""Item–item neighbourhood: products that sell through the same creators."""

from dataclasses import dataclass
from typing import ClassVar, Self

from recsys.arrays import CSR, column_sums, csr_of_parts, row_sums
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.sparse import inverse_power, product_top_n, scale_columns, scale_rows


@dataclass(frozen=True, slots=True)
class ItemItem:
    """Degree-normalised co-affinity, the `neighbours` strongest for each product.

    With R the affinity and D its row and column sums, `S = (Du^-1/2 R Di^-1/2)ᵀ (Du^-1/2 R Di^-1/2)`: the
    linear graph filter of Shen et al., "How Powerful is Graph Convolution for Recommendation?" (2021). The
    diagonal stays: a product that a creator has shown but not yet sold is the likeliest next sale.
    """

    neighbours: int = 200
    name: str = "item-item"

    def fit(self, data: TrainingData) -> "ItemItemScorer":
        """Multiply the normalised matrix with itself, keeping the largest entries of each column."""
        affinity = data.rows.affinity
        by_creator = inverse_power(row_sums(affinity), 0.5)
        by_product = inverse_power(column_sums(affinity), 0.5)
        normalised = scale_columns(scale_rows(affinity, by_creator), by_product)
        # The largest of a row of the transpose are the strongest neighbours of one product.
        return ItemItemScorer(product_top_n(normalised.T.tocsr(), normalised, self.neighbours).T.tocsr())


@dataclass(frozen=True, slots=True)
class ItemItemScorer(LinearScorer):
    """A creator's affinity row times the pruned item–item matrix."""

    kind: ClassVar[str] = "item-item"
    similarity: CSR

    @property
    def weights(self) -> CSR:
        """Similarity, products × products."""
        return self.similarity

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
