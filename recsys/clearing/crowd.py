"""How sales of a product fall with each who promotes it."""

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from recsys.arrays import Float64

# Places on the list that a creator is given unless it asks for more.
PLACES: Final = 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """How sales fall with each promoter.

    Where `halved_at` creators promote a product each sells half of what it would alone; infinite where
    nothing is known to fall. `promoting` (products) is how many do of late, which what is told of a promotion
    has seen. Who is given a list comes to promote the share `followed` of it.
    """

    halved_at: float
    promoting: Float64
    followed: float

    @property
    def as_alone(self) -> Float64:
        """By product, how much more than so far a promotion would sell without any other."""
        return 1.0 + self.promoting / self.halved_at

    def of_some(self, share: float) -> Self:
        """The same among so many of the creators alone."""
        return replace(self, halved_at=self.halved_at * share, promoting=self.promoting * share)

    def halved_at_places(self, n_products: int) -> Float64:
        """By product, on how many lists it halves."""
        return np.full(n_products, self.halved_at / self.followed)
