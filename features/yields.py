"""What an opportunity to sell yields: by product along the funnel, and who sells better than that."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from features.affinity import SALES
from features.pairs import PairTotals
from features.smoothing import rate_within_groups, relative_rate
from recsys.arrays import CSR, Float64, Int32, csr, sums_by

VIEWS, CLICKS = "views", "product_clicks"
FUNNEL = (CLICKS, "add_to_carts")


@dataclass(frozen=True, slots=True)
class SellingPairs:
    """Decayed totals by pair: net units, and the opportunities to sell them.

    An opportunity is a view; where a market reports none, it is a pair with history.
    """

    creators: Int32
    products: Int32
    units: Float64
    opportunities: Float64

    @classmethod
    def of(cls, totals: PairTotals) -> "SellingPairs":
        """The pairs whose decayed totals these are."""
        units = np.maximum(totals.channels[SALES], 0.0).astype(np.float64)
        views = totals.channels.get(VIEWS)
        opportunities = np.ones(len(units)) if views is None else views.astype(np.float64)
        return cls(totals.creator_index, totals.product_index, units, opportunities)


def product_yields(totals: PairTotals, pairs: SellingPairs, categories: Int32) -> Float64:
    """Net units an opportunity of each product: the product of the rates along the funnel.

    Views to clicks to carts to units, as far as the market reports them. Each rate leans on its category by
    itself, since clicks are many where units are few.
    """
    groups, n = categories.astype(np.int64), len(categories)
    between = [np.maximum(totals.channels[name], 0.0) for name in FUNNEL if name in totals.channels]
    steps = (pairs.opportunities, *between, pairs.units)
    counts = [sums_by(totals.product_index, step, n) for step in steps]
    yields = np.ones(n)
    for above, below in pairwise(counts):
        yields = yields * rate_within_groups(below, above, groups)
    return yields


def creator_skills(
    pairs: SellingPairs, yields: Float64, categories: Int32, n_creators: int
) -> tuple[Float64, CSR]:
    """Log of how much better than its products' yields each creator sells, and beyond that by category."""
    expected = pairs.opportunities * yields[pairs.products]
    skill = np.log(
        relative_rate(
            sums_by(pairs.creators, pairs.units, n_creators),
            sums_by(pairs.creators, expected, n_creators),
        )
    )
    n_categories = int(categories.max(initial=-1)) + 1
    cells = pairs.creators.astype(np.int64) * n_categories + categories[pairs.products]
    stored, cell = np.unique(cells, return_inverse=True)
    own = sums_by(cell, expected * np.exp(skill)[pairs.creators], len(stored))
    beyond = np.log(relative_rate(sums_by(cell, pairs.units, len(stored)), own))
    creator, category = np.divmod(stored, max(n_categories, 1))
    return skill, csr(beyond, creator, category, (n_creators, n_categories))


def category_counts(pairs: SellingPairs, categories: Int32, n_creators: int) -> CSR:
    """How many products of each category each creator has promoted."""
    shape = (n_creators, int(categories.max(initial=-1)) + 1)
    return csr(np.ones(len(pairs.units)), pairs.creators, categories[pairs.products], shape)
