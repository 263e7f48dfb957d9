"""How much more a creator's viewers buy of a product than either lets expect."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Taste:
    """Factors of creators (n × d) and of products (m × d).

    Their product is the expected logarithm of a pair's rates over those that its creator and its product have
    by themselves: 0 where nothing tells, and the nearer to 0 the less does.
    """

    creators: Float32
    products: Float32

    def deviation(self, creators: Int32, products: Int32) -> Float64:
        """The expected logarithm of each pair, arrays of one length."""
        deviation: Float64 = np.einsum(
            "nd,nd->n", self.creators[creators], self.products[products], dtype=np.float64
        )
        return deviation
