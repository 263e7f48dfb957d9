"""Lists at given prices that never pass a capacity: creators ask for the best, and products take the best."""

from dataclasses import replace

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32, Int64
from recsys.clearing.market import Market
from recsys.clearing.prices import Prices, rows_of, wanted

ROUNDS = 20


def fill(market: Market, prices: Prices, rounds: int = ROUNDS) -> Bool:
    """Which candidates stand on the lists: creators × candidates.

    In each round a creator with free places asks for the best of what it was not refused, and each product
    takes those who gain most by it while there is capacity. In the later rounds what is still free is free of
    charge. Where sales fall with each promoter a product has no more promoters than at the prices.
    """
    chosen = np.zeros(market.products.shape, dtype=np.bool_)
    refused = np.zeros(market.products.shape, dtype=np.bool_)
    left = market.capacity.copy()
    room = np.where(np.isfinite(market.halved_at), np.ceil(prices.promoters), np.inf)
    free = replace(prices, of_unit=np.zeros_like(left))
    waiting = np.ones(len(chosen), dtype=np.bool_)
    for turn in range(rounds):
        at = prices if turn < rounds // 2 else free
        if turn == rounds // 2:
            waiting = chosen.sum(axis=1) < market.places
        for rows in rows_of(market):
            inside = np.arange(rows.start, rows.stop)[waiting[rows]]
            if not len(inside):
                continue
            asked, net = _asked(market, at, inside, chosen[inside], refused[inside])
            taken = _taken(market, inside, asked, net, left, room)
            chosen[inside] |= taken
            # What does not fit any more never will; what only stood behind something larger may ask again.
            products = market.products[inside]
            fits = (market.units[inside] <= left[products]) & (room[products] >= 1.0)
            refused[inside] |= asked & ~taken & ~fits
            waiting[inside] = (asked & ~taken).any(axis=1)
    return chosen


def _asked(market: Market, prices: Prices, rows: Int64, chosen: Bool, refused: Bool) -> tuple[Bool, Float32]:
    """What creators ask for in a round, and what candidates are worth to them."""
    net = prices.net(market, rows)
    open_places = market.places - chosen.sum(axis=1)
    asked = wanted(np.where(chosen | refused, np.float32(-np.inf), net), market.places)
    # Of those with fewer places left only the best of what is asked.
    ranked = np.where(asked, net, np.float32(-np.inf))
    crowded = asked.sum(axis=1) > open_places
    if crowded.any():
        order = np.argsort(-ranked[crowded], axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(
            rank, order, np.arange(order.shape[1])[np.newaxis].repeat(len(order), axis=0), axis=1
        )
        asked[crowded] &= rank < open_places[crowded, np.newaxis]
    return asked, net


def _taken(market: Market, rows: Int64, asked: Bool, net: Float32, left: Float64, room: Float64) -> Bool:
    """Which of what is asked products take, best for their units first; `left` and `room` shrink by it."""
    places = np.flatnonzero(asked.ravel())
    products: Int32 = market.products[rows].ravel()[places]
    units = market.units[rows].ravel()[places].astype(np.float64)
    gain = net.ravel()[places] / np.maximum(units, 1e-9)
    order = np.lexsort((-gain, products))
    products, units, places = products[order], units[order], places[order]
    inside = running(products, units) <= left[products]
    inside &= running(products, np.ones(len(products))) <= room[products]
    # One large request must not stand in the way of smaller ones behind it: these come in the next round.
    np.subtract.at(left, products[inside], units[inside])
    np.subtract.at(room, products[inside], 1.0)
    taken = np.zeros(asked.size, dtype=np.bool_)
    taken[places[inside]] = True
    return taken.reshape(asked.shape)


def running(groups: Int32 | Int64, values: Float64) -> Float64:
    """Sums up to each entry within its group; equal groups stand together."""
    if not len(groups):
        return values
    total = np.cumsum(values)
    begins = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    before = np.repeat(total[begins] - values[begins], np.diff(np.append(begins, len(groups))))
    running: Float64 = total - before
    return running
