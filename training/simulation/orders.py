"""Order lines: who bought what through which content, for how much, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.creators import Creators
from training.simulation.engagement import Engagement
from training.simulation.partnerships import Collaborations
from training.simulation.products import Products
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import LEAVES
from training.simulation.truth import Rates

_OWN_AUDIENCE_SHARE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """One entry an order line, in order of time; the position is the number in its id."""

    content: Integers
    creator: Integers
    product: Integers
    ordered: Floats
    """Days from the window's start."""
    quantity: Integers
    amount: Floats
    commission_rate: Floats
    buyer: Integers
    refunded: Integers
    """Units that come back in the end; 0 for most."""
    cancelled: Flags


def draw_orders(
    rng: np.random.Generator,
    settings: SimulationSettings,
    engagement: Engagement,
    products: Products,
    collaborations: Collaborations,
    rates: Rates,
) -> Orders:
    """Carts become order lines at the engagement's chance; buyers are still to be set."""
    count = rng.binomial(engagement.carts, engagement.convert)
    of = np.repeat(np.arange(len(count)), count)
    # On the day of the post nobody can order before it.
    opens = np.maximum(engagement.posted[of], engagement.day[of])
    ordered = opens + rng.random(len(of)) * (engagement.day[of] + 1 - opens)
    order = np.argsort(ordered, kind="stable")
    of, ordered = of[order], ordered[order]
    product, creator = engagement.product[of], engagement.creator[of]
    quantity = _quantities(rng, len(of), rates)
    discount = np.where(rng.random(len(of)) < rates.discounted, rng.integers(1, 5, len(of)) * 0.05, 0.0)
    cancelled = rng.random(len(of)) < rates.cancel
    comes_back = (rng.random(len(of)) < products.refund_rate[product]) & ~cancelled
    whole = rng.random(len(of)) < rates.whole_refund
    return Orders(
        content=engagement.content[of],
        creator=creator,
        product=product,
        ordered=ordered,
        quantity=quantity,
        amount=np.round(products.price[product] * quantity * (1.0 - discount), 2),
        commission_rate=collaborations.rate_of(
            creator * settings.products + product, ordered, products.commission_rate[product]
        ),
        buyer=np.zeros(len(of), dtype=np.int64),
        refunded=np.where(comes_back, np.where(whole, quantity, 1), 0),
        cancelled=cancelled,
    )


def draw_shoppers(
    rng: np.random.Generator, orders: Orders, creators: Creators, products: Products
) -> Integers:
    """Who is behind each order, as a place among all shoppers: a follower of the creator, or one of the
    category's shoppers whom creators share.

    Low numbers of a pool are drawn more often, so some buyers come back.
    """
    own_size = _own_audience(creators)
    own_start = np.concatenate([[0], np.cumsum(own_size)])
    shared_size = _shared_audience(creators)
    n = len(orders.creator)
    rank = rng.random(n) ** 2
    own = own_start[orders.creator] + np.floor(rank * own_size[orders.creator]).astype(np.int64)
    leaf = products.leaf[orders.product]
    shared = own_start[-1] + leaf * shared_size + np.floor(rank * shared_size).astype(np.int64)
    return np.where(rng.random(n) < _OWN_AUDIENCE_SHARE, own, shared)


def deal_buyer_numbers(rng: np.random.Generator, creators: Creators) -> Integers:
    """The number in the buyer's id for each shopper, which says nothing about the pool they belong to."""
    shoppers = int(_own_audience(creators).sum()) + _shared_audience(creators) * len(LEAVES)
    return rng.permutation(shoppers)


def _own_audience(creators: Creators) -> Integers:
    return np.ceil(4.0 + 0.04 * creators.reach).astype(np.int64)


def _shared_audience(creators: Creators) -> int:
    """Shoppers of each category whom creators share."""
    return max(20, len(creators.reach) // 4)


def _quantities(rng: np.random.Generator, n: int, rates: Rates) -> Integers:
    drawn = rng.random(n)
    more = (drawn < rates.two_units + rates.three_units).astype(np.int64)
    return 1 + more + (drawn < rates.three_units)
