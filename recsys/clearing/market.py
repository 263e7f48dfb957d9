"""A market to be cleared: candidate pairs, what they are worth and take, and what there is of everything."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32, sums_by
from recsys.errors import UsageError


@dataclass(frozen=True, slots=True)
class Market:
    """Candidates of creators, of whom each has `places` places on its list.

    `products` (creators × candidates, -1 for none), `values` (what a pair is worth, at least 0) and `units`
    (how much of the product's capacity it takes, at least 0) have one entry a candidate; a creator's
    candidates are distinct. `capacity` (products) bounds the units of each product, infinite where nothing
    does. Where `halved_at` (products) creators promote a product, each sells half of what it would alone:
    `1 / (1 + promoters / halved_at)`, infinite where sales do not fall.
    """

    products: Int32
    values: Float32
    units: Float32
    capacity: Float64
    halved_at: Float64
    places: int

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit together."""
        if not self.products.shape == self.values.shape == self.units.shape:
            raise UsageError(
                f"products {self.products.shape}, values {self.values.shape} and units {self.units.shape} "
                "of candidates differ in shape"
            )
        if self.places < 1:
            raise UsageError(f"places must be at least 1, not {self.places}")

    @property
    def n_products(self) -> int:
        """How many products there are."""
        return len(self.capacity)

    def load(self, chosen: Bool) -> Float64:
        """The units of each product that chosen candidates take."""
        return sums_by(self.products[chosen], self.units[chosen], self.n_products)

    def promoters(self, chosen: Bool) -> Float64:
        """How many chosen candidates each product has."""
        return np.bincount(self.products[chosen], minlength=self.n_products).astype(np.float64)

    def worth(self, chosen: Bool) -> float:
        """What chosen candidates are worth together when all follow at once."""
        totals = sums_by(self.products[chosen], self.values[chosen], self.n_products)
        return float((totals * kept_at(self.promoters(chosen), self.halved_at)).sum())


def kept_at(promoters: Float64, halved_at: Float64) -> Float64:
    """What share of its sales each promoter keeps beside the others."""
    kept: Float64 = 1.0 / (1.0 + promoters / halved_at)
    return kept
