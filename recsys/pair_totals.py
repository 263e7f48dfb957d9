"""The exact totals that affinity was made of: what live events are added to."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Array, Int32, Int64


@dataclass(frozen=True, slots=True)
class StoredTotals:
    """Decayed totals of every pair with history, in millionths, whole numbers: their sum has no rounding.

    Of creator c the products are `products[starts[c]:starts[c + 1]]`, ascending, and beside them the rows of
    `totals` (pairs × channels).
    """

    starts: Int64
    products: Int32
    totals: Int64

    def of_creator(self, creator: int) -> tuple[Int32, Int64]:
        """Products and totals of a creator."""
        inside = slice(int(self.starts[creator]), int(self.starts[creator + 1]))
        return self.products[inside], self.totals[inside]

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        return {"starts": self.starts, "products": self.products, "totals": self.totals}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave, without copying."""
        return cls(
            state["starts"].astype(np.int64, copy=False),
            state["products"].astype(np.int32, copy=False),
            state["totals"].astype(np.int64, copy=False),
        )
