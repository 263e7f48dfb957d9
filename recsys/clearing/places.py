"""What a release knows of places on creators' lists: their prices, and who gets what is scarce."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import CSR, Array, Bool, Float64, Int32, csr_of_parts, stored_mask


@dataclass(frozen=True, slots=True)
class Places:
    """Prices by product: `of_unit` of each unit that a promotion takes, `of_place` of the place itself.

    `scarce` (products) says of which there is not enough for all: these stand on the lists of the creators
    alone that are stored in `given` (creators × products), together no more than the stock.
    """

    of_unit: Float64
    of_place: Float64
    scarce: Bool
    given: CSR

    def price(self, products: Int32, units: Float64) -> Float64:
        """What places of some promotions cost, that are expected to sell so many units."""
        price: Float64 = self.of_unit[products] * units + self.of_place[products]
        return price

    def open(self, creators: Int32, products: Int32) -> Bool:
        """On which creators' lists products may stand: len(creators) × len(products)."""
        allowed = np.repeat(~self.scarce[np.newaxis, products], len(creators), axis=0)
        few = np.flatnonzero(self.scarce[products])
        if len(few):
            allowed[:, few] = stored_mask(self.given, creators)[:, products[few]]
        return allowed

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        return {
            "of_unit": self.of_unit,
            "of_place": self.of_place,
            "scarce": self.scarce,
            "given.indices": self.given.indices,
            "given.indptr": self.given.indptr,
        }

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        indices, indptr = state["given.indices"], state["given.indptr"]
        shape = (len(indptr) - 1, len(state["scarce"]))
        return cls(
            state["of_unit"].astype(np.float64, copy=False),
            state["of_place"].astype(np.float64, copy=False),
            state["scarce"].astype(np.bool_, copy=False),
            csr_of_parts(np.ones(len(indices), dtype=np.float32), indices, indptr, shape),
        )
