"""The creator×product affinity matrix with the ids of its rows and columns."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import CSR
from recsys.errors import DataError
from recsys.ids import IdIndex


@dataclass(frozen=True, slots=True)
class AffinityMatrix:
    """Confidence that a creator sells a product.

    `values` is creators × products, float32 CSR, every stored value finite and above zero. A creator
    or product without history is an empty row or column, never absent.
    """

    creators: IdIndex
    products: IdIndex
    values: CSR

    def __post_init__(self) -> None:
        """Refuse a matrix whose shape or values cannot be an affinity."""
        expected = (len(self.creators), len(self.products))
        if self.values.shape != expected:
            raise DataError(f"affinity has the shape {self.values.shape}, its ids say {expected}")
        if not np.all(np.isfinite(self.values.data)) or np.any(self.values.data <= 0):
            raise DataError("affinity holds a value that is not finite and above zero")
