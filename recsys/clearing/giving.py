"""Clears the market of all creators' lists, and gives places of what is scarce."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32, csr, empty_csr
from recsys.clearing.clear import Cleared, clear
from recsys.clearing.crowd import PLACES, Crowd
from recsys.clearing.filling import running
from recsys.clearing.market import Market
from recsys.clearing.places import Places
from recsys.clearing.prices import Prices, rows_of

# Of a product with more than this many times what all candidates take there is enough for whoever asks.
_ENOUGH: Final = 2.0
# Estimates are told in more digits than candidates have.
_ROUNDING: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Placed:
    """A market's places, what promotions keep `beside_others` (products), and lists `before` and `after`.

    Lists hold products, a row a creator, -1 for none: as if each stood alone, and as they are served.
    """

    places: Places
    beside_others: Float64
    before: Int32
    after: Int32

    def metrics(self) -> dict[str, float]:
        """For the manifest and the run."""
        named = {"scarce_products": float(self.places.scarce.sum()), "lists": float(len(self.before))}
        for when, lists in (("before", self.before), ("after", self.after)):
            n_products = len(self.beside_others)
            on = np.bincount(lists[lists >= 0], minlength=n_products)
            named[f"distinct_products_{when}"] = float(np.count_nonzero(on))
            named[f"greatest_share_{when}"] = float(on.max(initial=0)) / max(len(lists), 1)
        return {f"places/{name}": value for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What some of `n_creators` creators could promote, a row a creator, best or not.

    `products` (creators × candidates, -1 for none) are expected to earn `earnings` and to sell `units`, as if
    nobody else followed a list.
    """

    creators: Int32
    n_creators: int
    products: Int32
    earnings: Float32
    units: Float32


def give_places(wishes: Wishes, stock: Float64, crowd: Crowd) -> Placed:
    """Clear the market; `stock` (products) is what there is of each, infinite where nothing bounds it."""
    n_products = len(stock)
    there = np.maximum(stock, 0.0) * (1.0 - _ROUNDING)
    values = wishes.earnings * crowd.as_alone.astype(np.float32)[wishes.products]
    halved_at = crowd.halved_at_places(n_products)
    market = Market(wishes.products, values, wishes.units, there, halved_at, PLACES)
    all_units = market.load(wishes.products >= 0)
    scarce = np.isfinite(there) & (all_units * _ENOUGH >= there)
    market = replace(market, capacity=np.where(scarce, there, np.inf))
    before = _lists(market, Prices.none(n_products))
    if not scarce.any() and not np.isfinite(crowd.halved_at):
        nothing = empty_csr((wishes.n_creators, n_products))
        free = np.zeros(n_products)
        return Placed(Places(free, free, scarce, nothing), np.ones(n_products), before, before)
    cleared = clear(market)
    prices = cleared.prices
    given = _given(market, cleared, scarce)
    row, place = np.nonzero(given & scarce[market.products])
    cells = wishes.creators[row], market.products[row, place]
    places = Places(
        prices.of_unit,
        prices.of_place,
        scarce,
        csr(np.ones(len(row)), *cells, (wishes.n_creators, n_products)),
    )
    beside_others = np.minimum(prices.kept * crowd.as_alone, 1.0)
    return Placed(places, beside_others, before, _lists(market, prices, given | ~scarce[market.products]))


def _given(market: Market, cleared: Cleared, scarce: Bool) -> Bool:
    """Who gets scarce products: those on whose lists they stand, then whoever gains most by what is left."""
    asking = scarce[market.products] & (market.products >= 0)
    row, place = np.nonzero(asking)
    products, units = market.products[row, place], market.units[row, place].astype(np.float64)
    net = np.concatenate([cleared.prices.net(market, rows)[asking[rows]] for rows in rows_of(market)])
    order = np.lexsort((-net / np.maximum(units, 1e-9), ~cleared.chosen[row, place], products))
    given = np.zeros(market.products.shape, dtype=np.bool_)
    fits = running(products[order], units[order]) <= market.capacity[products[order]]
    given[row[order][fits], place[order][fits]] = True
    return given


def _lists(market: Market, prices: Prices, open_to: Bool | None = None) -> Int32:
    """The best of each creator after prices, worth them or not: lists are as long as they can be."""
    lists = np.full((len(market.products), min(market.places, market.products.shape[1])), -1, dtype=np.int32)
    for rows in rows_of(market):
        net = prices.net(market, rows)
        if open_to is not None:
            net = np.where(open_to[rows], net, np.float32(-np.inf))
        best = np.argsort(-net, axis=1, kind="stable")[:, : lists.shape[1]]
        named = np.take_along_axis(market.products[rows], best, axis=1)
        lists[rows] = np.where(np.take_along_axis(net, best, axis=1) > -np.inf, named, -1)
    return lists
