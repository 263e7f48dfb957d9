"""What the buyers of each creator bought from other creators."""

from dataclasses import dataclass

from recsys.arrays import CSR


@dataclass(frozen=True, slots=True)
class Audience:
    """How many buyers of a creator bought in a category from other creators, and how many units.

    Both are creators × categories and store the same cells, net of refunds; a category's code is its place
    by its first product. Empty where a market does not tell its buyers apart.
    """

    buyers: CSR
    units: CSR
