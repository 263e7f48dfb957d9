"""Products like those a creator sells, by attributes, as far as they are in demand now."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import CSR, column_sums, csr_of_parts, row_sums
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.sparse import inverse_power, scale_columns, scale_rows


@dataclass(frozen=True, slots=True)
class Profile:
    """Attribute profile of the creator times demand of the product.

    `score(c, p) = d_p · Σ_b profile_c(b) · share_p(b)`, with b running over product attribute values
    (category levels, brand, price band), weighed by their inverse document frequency, `profile_c` the
    affinity-weighted mix of c's own products, and d_p the trend plus one product's mean. Needs no
    co-occurrence, so it reaches products that came up yesterday.
    """

    name: str = "profile"

    def fit(self, data: TrainingData) -> "ProfileScorer":
        """Weigh attributes by rarity and products by demand."""
        counts = column_sums(data.product_attributes)
        # A value that every product has says nothing and gets no weight.
        rarity = np.log(np.maximum(data.n_products, 1) / np.maximum(counts, 1))
        weighed = scale_columns(data.product_attributes, rarity)
        totals = row_sums(weighed)
        shares = scale_rows(weighed, inverse_power(totals, 1.0))
        demand = data.trend.astype(np.float64) + max(float(data.trend.mean()), 1e-6)
        return ProfileScorer(shares, scale_rows(shares, demand).T.tocsr())


@dataclass(frozen=True, slots=True)
class ProfileScorer(LinearScorer):
    """`shares` (products × attribute values) make profiles, `demand` (attribute values × products) scores."""

    kind: ClassVar[str] = "profile"
    shares: CSR
    demand: CSR

    @property
    def weights(self) -> CSR:
        """Demand, attribute values × products."""
        return self.demand

    def embed(self, rows: CreatorRows) -> CSR:
        """Each creator's mix of product attributes, summing to 1."""
        profile: CSR = (rows.affinity @ self.shares).tocsr()
        totals = row_sums(profile)
        return scale_rows(profile, inverse_power(totals, 1.0))

    def state(self) -> ModelState:
        """The arrays of both matrices."""
        return {
            f"{name}_{part}": getattr(matrix, part)
            for name, matrix in (("shares", self.shares), ("demand", self.demand))
            for part in ("data", "indices", "indptr")
        }

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        n_products = len(state["shares_indptr"]) - 1
        n_values = len(state["demand_indptr"]) - 1
        return cls(
            _matrix(state, "shares", (n_products, n_values)),
            _matrix(state, "demand", (n_values, n_products)),
        )


def _matrix(state: ModelState, name: str, shape: tuple[int, int]) -> CSR:
    return csr_of_parts(state[f"{name}_data"], state[f"{name}_indices"], state[f"{name}_indptr"], shape)
