"""What is told of served lists against the truth of their pairs, and what the lists earn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.market import Market
from benchmarks.policies import numbers_of
from benchmarks.promotion import HORIZON_DAYS, Prospects
from benchmarks.served import Served
from recsys.arrays import Bool, Float64, Int64
from serving.loaded import LoadedRelease
from training.simulation.lists import attention_by_rank
from training.simulation.truth import WEEK_DAYS

FIFTHS: Final = 5
# Draws of each served pair's outcome, for the coverage of intervals.
DRAWS: Final = 4


@dataclass(frozen=True, slots=True)
class Telling:
    """Told over true net units, and how often the interval held a drawn commission; None: nothing is told.

    Totals over all places of all lists, over those of creators without history, over each fifth of the places
    by what is told (the least first), and over the first five places.
    """

    told_over_true: float | None
    cold: float | None
    fifths: tuple[float, ...]
    top5: float | None
    coverage80: float | None
    places: int


def telling(served: Served, truth: Prospects, cold: Bool, seed: int) -> Telling:
    """`cold` says of each creator by number whether it has no history."""
    row, place = np.nonzero(served.shown)
    if not served.told or not len(row):
        return Telling(None, None, (), None, None, len(row))
    creators, products = served.creators[row], served.products[row, place]
    told, true = served.units[row, place], truth.units[creators, products]
    order = np.argsort(told, kind="stable")
    inside = []
    for draw in range(DRAWS):
        earned = truth.draw(np.random.default_rng((seed, draw)), creators, products)[1]
        # Money is told to the cent.
        low, high = served.low[row, place] - 0.005, served.high[row, place] + 0.005
        inside.append(float(((earned >= low) & (earned <= high)).mean()))
    return Telling(
        ratio(told, true),
        ratio(told[cold[creators]], true[cold[creators]]),
        tuple(float(told[part].sum() / true[part].sum()) for part in np.array_split(order, FIFTHS)),
        ratio(told[place < 5], true[place < 5]),
        float(np.mean(inside)),
        len(row),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What all lists share: (products,) units in stock and creators who promote of late.

    `halved_at` promoters halve what one more sells; a creator begins `promotions` within a horizon.
    """

    stock: Float64
    promoting: Float64
    halved_at: float
    promotions: float

    @classmethod
    def of(cls, market: Market) -> Room:
        """On the morning of the market's day; infinite where nothing bounds."""
        stage = market.stage
        stock = np.where(stage.products.stock < 0, np.inf, stage.products.stock)
        begun = (market.first_linked() >= market.day - HORIZON_DAYS) & market.promoted
        promoting = market.promoters().astype(np.float64)
        return cls(stock, promoting, stage.truth.rates.crowd_half, begun.sum() / market.joined.sum())


def earned_together(creators: Int64, lists: Int64, truth: Prospects, room: Room) -> float:
    """True expected commission of lists, (n, k) and padded with -1, that everybody follows at once.

    An entry at rank r is promoted with a chance ~ 1 / r, at most 1, so that a creator begins as many
    promotions as creators do; each then sells less by all who promote the product, and all together no more
    than there is.
    """
    row, place = np.nonzero(lists >= 0)
    pairs = creators[row], lists[row, place]
    attention = attention_by_rank(lists.shape[1])
    chance = np.minimum(room.promotions * attention / attention.sum(), 1.0)[place]
    n_products = len(room.stock)
    beside = np.bincount(pairs[1], chance, minlength=n_products)
    keeps = (1.0 + room.promoting / room.halved_at) / (1.0 + (room.promoting + beside) / room.halved_at)
    sold = np.bincount(pairs[1], chance * truth.units[pairs], minlength=n_products) * keeps
    there = np.minimum(room.stock, sold) / np.where(sold > 0, sold, 1.0)
    return float((chance * truth.commission[pairs] * (keeps * there)[pairs[1]]).sum())


@dataclass(frozen=True, slots=True)
class Earning:
    """True expected commission of lists, of which an entry at rank r is promoted with a chance ~ 1 / r.

    `simple` is what each simple list earns over ours; the informed oracle knows all but the pairs' own taste.
    `ratio_as_if_alone` is that of lists which leave stock and other creators out of account, as the simple
    ones and the oracles do; the truth of a pair knows no stock. `ratio_together` is to the best simple list
    by what they earn when everybody follows at once: see `earned_together`.
    """

    ratio_to_best_simple: float
    ratio_as_if_alone: float
    ratio_together: float
    best_simple: str
    share_of_oracle: float
    share_of_informed: float
    simple: Mapping[str, float]


def earning(
    served: Served,
    alone: Served,
    simple: Mapping[str, Int64],
    truth: Prospects,
    informed: Float64,
    allowed: Bool,
    room: Room,
) -> Earning:
    """`informed` is the commission that the informed oracle expects, `allowed` what lists may hold; both
    creators × products.
    """
    commission = truth.commission
    ours = _earned(served.creators, served.products, commission)

    def best(scores: Float64) -> float:
        barred = np.where(allowed, scores, -np.inf)[served.creators]
        k = served.products.shape[1]
        lists = np.argsort(-barred, axis=1, kind="stable")[:, :k]
        lists = np.where(np.isfinite(np.take_along_axis(barred, lists, axis=1)), lists, -1)
        return _earned(served.creators, lists, commission)

    of_simple = {name: _earned(served.creators, lists, commission) for name, lists in simple.items()}
    best_simple = max(of_simple, key=lambda name: of_simple[name])
    together = earned_together(served.creators, served.products, truth, room)
    return Earning(
        ours / of_simple[best_simple],
        _earned(alone.creators, alone.products, commission) / of_simple[best_simple],
        together / max(earned_together(served.creators, lists, truth, room) for lists in simple.values()),
        best_simple,
        ours / best(commission),
        ours / best(informed),
        {name: earned / ours for name, earned in of_simple.items()},
    )


@dataclass(frozen=True, slots=True)
class Begun:
    """Promotions that began in the week after a night: what was told and what happened, over what is true.

    `happened` says whether the truth is one, since what happens is the simulation's.
    """

    told: float | None
    happened: float | None
    promotions: int


def begun_promotions(market: Market, release: LoadedRelease, truth: Prospects, lists: Int64) -> Begun:
    """Lets three weeks pass, the first of them with these lists of all creators, (creators, k) by number.

    `release` and `truth` are of the morning when the weeks begin.
    """
    begin, known = market.day, market.promoted.copy()
    rows = np.arange(len(known))[:, None]
    activities = []
    for day in range(WEEK_DAYS + HORIZON_DAYS):
        # As served: without what was linked meanwhile.
        left = (lists >= 0) & ~market.promoted[rows, np.maximum(lists, 0)] & (day < WEEK_DAYS)
        activities.append(market.advance(np.where(left, lists, -1)))
    started = market.first_linked()
    pairs = np.nonzero((started >= begin) & (started < begin + WEEK_DAYS) & ~known & (truth.units > 0))
    net = np.zeros(known.shape)
    for orders in (activity.orders for activity in activities):
        cells = orders.creator, orders.product
        in_time = orders.ordered < started[cells] + HORIZON_DAYS
        np.add.at(net, cells, np.where(orders.cancelled, 0, orders.quantity - orders.refunded) * in_time)
    told, of_release = _told(release, *pairs)
    true = truth.units[pairs]
    return Begun(ratio(told, true[of_release]), ratio(net[pairs], true), len(true))


def _told(release: LoadedRelease, creators: Int64, products: Int64) -> tuple[Float64, Bool]:
    """Expected units of those pairs, by number, that the release knows, and which these are."""
    at = [
        {
            number: place
            for place, number in enumerate(
                numbers_of([index.id_of(place) for place in range(len(index))]).tolist()
            )
        }
        for index in (release.payload.affinity.creators, release.payload.affinity.products)
    ]
    known = np.array(
        [c in at[0] and p in at[1] for c, p in zip(creators.tolist(), products.tolist(), strict=True)],
        dtype=np.bool_,
    )
    if release.values is None or not known.any():
        return np.zeros(0), np.zeros(len(creators), dtype=np.bool_)
    rows = np.array([at[0][c] for c in creators[known].tolist()], dtype=np.int32)
    columns = np.array([at[1][p] for p in products[known].tolist()], dtype=np.int32)
    scores = np.empty(len(rows), dtype=np.float32)
    for row in np.unique(rows):
        mine = rows == row
        scores[mine] = release.payload.model.score(release.payload.rows[row : row + 1])[0, columns[mine]]
    return release.values.estimate(rows, columns, scores).units, known


def ratio(told: Float64, true: Float64) -> float | None:
    """Of totals; None where there is nothing."""
    return float(told.sum() / true.sum()) if true.sum() > 0 else None


def _earned(creators: Int64, lists: Int64, commission: Float64) -> float:
    attention = attention_by_rank(lists.shape[1])
    values = np.where(lists >= 0, commission[creators[:, None], np.maximum(lists, 0)], 0.0)
    return float((values @ (attention / attention.sum())).sum())
