"""How well a category fits what a creator specialises in."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Specialty:
    """Factors of creators (n × d) and of categories (m × d).

    Their product is how much more of a category a creator promotes than the size of the category makes
    expect, in standard deviations of chance, as far as creators share the pattern.
    """

    creators: Float32
    categories: Float32

    def fit(self, creators: Int32, categories: Int32) -> Float64:
        """How well each category fits its creator, arrays of one length: a signed logarithm, 0 is usual."""
        residual = np.einsum(
            "nd,nd->n", self.creators[creators], self.categories[categories], dtype=np.float64
        )
        fit: Float64 = np.sign(residual) * np.log1p(np.abs(residual))
        return fit
