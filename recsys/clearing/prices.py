"""Prices of places: what one more promoter of a product takes from all others.

The dual of the linear programme that assigns candidates within capacities (Bertsekas, "Nonlinear
programming", ch. 6): a product's price rises while more of it is wanted than there is, by a factor that
nears 1 from step to step, and each creator wants what is worth most after its price. Sales that fall with
each promoter have a price too: the marginal loss of all others at the mean of what was wanted so far (after
Frank and Wolfe, "An algorithm for quadratic programming", 1956). An iteration looks at each candidate once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int64, sums_by
from recsys.batches import batches
from recsys.clearing.market import Market, kept_at

ITERATIONS = 60
# So many candidates tell the prices of a market.
_ENOUGH = 5_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """A pair is worth `kept · value − of_unit · units − of_place`; all by product.

    `kept` is the share of sales that a promoter keeps, `of_unit` the price of a unit of capacity, `of_place`
    what the others lose by one more promoter, and `promoters` how many there are at these prices.
    """

    kept: Float64
    of_unit: Float64
    of_place: Float64
    promoters: Float64

    @classmethod
    def none(cls, n_products: int) -> "Prices":
        """As if each list stood alone."""
        free = np.zeros(n_products)
        return cls(np.ones(n_products), free, free, free)

    def net(self, market: Market, rows: slice | Int64) -> Float32:
        """What the candidates of some creators are worth after prices; -inf where there is none."""
        products = market.products[rows]
        kept, of_unit, of_place = (
            values.astype(np.float32)[products] for values in (self.kept, self.of_unit, self.of_place)
        )
        net = kept * market.values[rows] - of_unit * market.units[rows] - of_place
        return np.where(products < 0, np.float32(-np.inf), net)


def sampled_prices(market: Market, iterations: int = ITERATIONS) -> Prices:
    """Prices as found by some of the creators, evenly spread, for whom there is as much less of everything.

    Of at most `_ENOUGH` candidates all are looked at.
    """
    every = -(-market.products.size // _ENOUGH)
    if every < 2:
        return clearing_prices(market, iterations)
    some = slice(None, None, every)
    share = len(market.products[some]) / len(market.products)
    sample = Market(
        market.products[some],
        market.values[some],
        market.units[some],
        market.capacity * share,
        market.halved_at * share,
        market.places,
    )
    found = clearing_prices(sample, iterations)
    return replace(found, promoters=found.promoters / share)


def clearing_prices(market: Market, iterations: int = ITERATIONS) -> Prices:
    """Prices at which what creators want is about what there is."""
    bounded = np.isfinite(market.capacity)
    of_unit = np.where(bounded, _usual_density(market) / 2.0, 0.0)
    prices = replace(Prices.none(market.n_products), of_unit=of_unit)
    promoters, totals = np.zeros(market.n_products), np.zeros(market.n_products)
    settled, n_settled = np.zeros(market.n_products), 0
    for step in range(iterations):
        load, wanted_by, wanted_value = _demand(market, prices)
        share = 2.0 / (step + 2.0)
        promoters += share * (wanted_by - promoters)
        totals += share * (wanted_value - totals)
        excess = np.log((load + 1e-9) / (np.where(bounded, market.capacity, 1.0) + 1e-9))
        of_unit = of_unit * np.exp(np.clip(excess, -1.0, 1.0) / np.sqrt(step + 1.0))
        if 2 * step >= iterations:
            settled += of_unit
            n_settled += 1
        kept = kept_at(promoters, market.halved_at)
        prices = Prices(kept, of_unit, totals * kept**2 / market.halved_at, promoters)
    return replace(prices, of_unit=settled / max(n_settled, 1))


def wanted(net: Float32, places: int) -> Bool:
    """Of each row the `places` greatest entries above 0."""
    if net.shape[1] <= places:
        return net > 0
    order = np.argpartition(-net, places - 1, axis=1)[:, :places]
    best = np.zeros(net.shape, dtype=np.bool_)
    np.put_along_axis(best, order, True, axis=1)
    return best & (net > 0)


def rows_of(market: Market) -> Iterator[slice]:
    """Creators in batches of bounded memory."""
    return batches(len(market.products), max(market.products.shape[1], 1) * 4)


def _demand(market: Market, prices: Prices) -> tuple[Float64, Float64, Float64]:
    """Units, promoters and value of each product that are wanted at some prices."""
    n = market.n_products
    load, promoters, value = np.zeros(n), np.zeros(n), np.zeros(n)
    for rows in rows_of(market):
        chosen = wanted(prices.net(market, rows), market.places)
        products = market.products[rows][chosen]
        load += sums_by(products, market.units[rows][chosen], n)
        promoters += np.bincount(products, minlength=n)
        value += sums_by(products, market.values[rows][chosen], n)
    return load, promoters, value


def _usual_density(market: Market) -> Float64:
    """What a unit of each product is usually worth: the step by which its price moves."""
    n = market.n_products
    value, units = np.zeros(n), np.zeros(n)
    for rows in rows_of(market):
        there = market.products[rows] >= 0
        products = market.products[rows][there]
        value += sums_by(products, market.values[rows][there], n)
        units += sums_by(products, market.units[rows][there], n)
    return np.divide(value, units, out=np.zeros(n), where=units > 0)
