"""What an opportunity to sell yields: by product along the funnel, and who sells better than that."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from features.engagement import FUNNEL
from features.estimators.beta_binomial import BetaBinomial
from features.estimators.gamma_poisson import GammaPoisson, multiples
from features.estimators.groups import summed, typical, within_groups
from features.estimators.tally import Tally
from features.pairs import PairTotals
from features.weighting import SALES
from recsys.arrays import CSR, Float32, Float64, Int32, csr
from recsys.value.taste import Taste

VIEWS = FUNNEL[0]
# The log of a record that says nothing.
TRACE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Funnel:
    """By pair, decayed totals of each stage from an opportunity to sell to a net unit.

    An opportunity is a view; where a market reports none, it is a pair with history. `stages` are totals, and
    totals with squared weights, of opportunities, clicks and carts, as far as the market reports them. Units
    beyond a pair's views were sold elsewhere and say nothing of what a view yields.
    """

    creators: Int32
    products: Int32
    stages: tuple[tuple[Float32, Float32], ...]
    net_units: Float32

    @classmethod
    def of(cls, totals: PairTotals) -> "Funnel":
        """The funnel of the pairs whose totals these are."""
        units = np.maximum(totals.channels[SALES], 0.0)
        if VIEWS in totals.channels:
            reported = [name for name in FUNNEL if name in totals.channels]
            stages = tuple((totals.channels[name], totals.squares[name]) for name in reported)
            units = np.minimum(units, totals.channels[VIEWS])
        else:
            stages = ((np.ones_like(units), np.ones_like(units)),)
        return cls(totals.creator_index, totals.product_index, stages, units)

    def shares(self) -> Iterator[Tally]:
        """Each stage but the first over the one before, which none can exceed."""
        for (above, squares), (below, _) in pairwise(self.stages):
            yield _tally(np.minimum(below, above), above, squares)

    def last(self) -> Tally:
        """Units over the last stage, which they can exceed."""
        return _tally(self.net_units, *self.stages[-1])

    def units(self) -> Tally:
        """Units over opportunities."""
        return _tally(self.net_units, *self.stages[0])


def _tally(*columns: Float32) -> Tally:
    return Tally(*(column.astype(np.float64) for column in columns))


@dataclass(frozen=True, slots=True)
class Skills:
    """Logs of how much better things sell than is to be expected, each beyond what was said before it.

    `of_creators` beyond the products' yields, `in_categories` (creators × categories, where there is a
    record) beyond that, and `of_pairs` (creators × products, every pair promoted before) beyond both and
    the pair's taste, which is told beside them.
    """

    of_creators: Float64
    in_categories: CSR
    of_pairs: CSR

    @classmethod
    def of(
        cls, funnel: Funnel, yields: Float64, categories: Int32, n_creators: int, taste: Taste
    ) -> "Skills":
        """Of each product the units an opportunity yields and the category are given."""
        expected = funnel.units().expecting(yields[funnel.products])
        expected = expected.expecting(typical(GammaPoisson, expected))
        of_creators = multiples(summed(GammaPoisson, expected, funnel.creators, n_creators))
        expected = expected.expecting(of_creators[funnel.creators])
        n_categories = int(categories.max(initial=-1)) + 1
        cells = funnel.creators.astype(np.int64) * n_categories + categories[funnel.products]
        stored, cell = np.unique(cells, return_inverse=True)
        in_category = multiples(summed(GammaPoisson, expected, cell, len(stored)))
        suited = np.exp(taste.deviation(funnel.creators, funnel.products))
        expected = expected.expecting(in_category[cell] * suited)
        of_pair = multiples(expected.expecting(typical(GammaPoisson, expected)))
        creator, category = np.divmod(stored, max(n_categories, 1))
        # Nothing is stored where a log is 0, and a pair's being stored says that it was promoted.
        logs = np.where(of_pair == 1.0, TRACE, np.log(of_pair))
        return cls(
            np.log(of_creators),
            csr(np.log(in_category), creator, category, (n_creators, n_categories)),
            csr(logs, funnel.creators, funnel.products, (n_creators, len(categories))),
        )


@dataclass(frozen=True, slots=True)
class Yields:
    """Of each product the rate of each stage of the funnel over the one before, units over the last one.

    Each leans on its category by itself, since clicks are many where units are few.
    """

    rates: tuple[Float64, ...]

    @property
    def units(self) -> Float64:
        """Net units an opportunity."""
        return np.asarray(np.prod(self.rates, axis=0), dtype=np.float64)

    @property
    def clicks(self) -> Float64:
        """The share of views that are clicked.

        Where clicks are not reported it is that of the next stage which is, and 1 where there is none.
        """
        return self.rates[0] if len(self.rates) > 1 else np.ones(len(self.rates[0]))

    @classmethod
    def of(cls, funnel: Funnel, categories: Int32) -> "Yields":
        """By product, whose category is given."""
        groups, n = categories.astype(np.int64), len(categories)
        shares = [
            within_groups(BetaBinomial, summed(BetaBinomial, share, funnel.products, n), groups)
            for share in funnel.shares()
        ]
        last = within_groups(GammaPoisson, summed(GammaPoisson, funnel.last(), funnel.products, n), groups)
        return cls((*shares, last))


def category_counts(funnel: Funnel, categories: Int32, n_creators: int) -> CSR:
    """How many products of each category each creator has promoted."""
    shape = (n_creators, int(categories.max(initial=-1)) + 1)
    return csr(np.ones(len(funnel.creators)), funnel.creators, categories[funnel.products], shape)
