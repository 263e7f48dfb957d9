"""What creators and brands agree beside the open offer: collaborations at their own rate, and samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.content import Contents, Links
from training.simulation.creators import Creators
from training.simulation.products import Products
from training.simulation.settings import SimulationSettings

COLLABORATION_STATUSES = ("ACTIVE", "ENDED")
SAMPLE_STATUSES = ("PENDING", "APPROVED", "REJECTED", "POSTED")
_POSTED = SAMPLE_STATUSES.index("POSTED")


@dataclass(frozen=True, slots=True, eq=False)
class Collaborations:
    """One entry a pair, sorted by `pair`; days count from the window's start."""

    pair: Integers
    """creator * products + product."""
    rate: Floats
    since: Floats
    until: Floats
    """Infinite while active."""

    @property
    def is_active(self) -> Flags:
        """Which still hold at the end of the window."""
        return np.isinf(self.until)

    def rate_of(self, pair: Integers, day: Floats, open_rate: Floats) -> Floats:
        """The rate that a sale of the pair earns at that time; all arrays have one entry a sale."""
        if not len(self.pair):
            return open_rate
        at = np.minimum(np.searchsorted(self.pair, pair), len(self.pair) - 1)
        holds = (self.pair[at] == pair) & (day >= self.since[at]) & (day < self.until[at])
        return np.where(holds, self.rate[at], open_rate)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One entry an application, in order of request; days count from the window's start."""

    creator: Integers
    product: Integers
    requested: Floats
    posted: Floats
    """NaN where no content followed."""
    status: Integers
    """Position in `SAMPLE_STATUSES`."""


def first_posts(settings: SimulationSettings, contents: Contents, links: Links) -> tuple[Integers, Floats]:
    """The distinct promoted pairs, sorted, and when each was first posted."""
    # Contents are in order of posting, and links in order of contents.
    keys = contents.creator[links.content] * settings.products + links.product
    pair, first = np.unique(keys, return_index=True)
    return pair, contents.posted[links.content[first]]


def draw_collaborations(
    rng: np.random.Generator,
    settings: SimulationSettings,
    creators: Creators,
    products: Products,
    promoted: Integers,
) -> Collaborations:
    """About 6 % of promoted pairs, and some more that never led to a post."""
    worked = promoted[rng.random(len(promoted)) < 0.06]
    posting = np.flatnonzero(creators.posts_per_day > 0)
    invited = _random_pairs(rng, settings, posting, len(worked) // 3)
    pair = _possible_within(settings, creators, products, np.unique(np.concatenate([worked, invited])))
    creator, product = np.divmod(pair, settings.products)
    begins = np.maximum(_possible_from(creators, products, creator, product), -60.0)
    since = begins + rng.random(len(pair)) ** 2 * (settings.days - begins)
    ended = rng.random(len(pair)) < 0.2
    until = np.where(ended, since + rng.random(len(pair)) * (settings.days - since), np.inf)
    bonus = rng.uniform(0.02, 0.10, len(pair))
    rate = np.round(products.commission_rate[product] + bonus, 2)
    return Collaborations(pair=pair, rate=rate, since=since, until=until)


def draw_samples(
    rng: np.random.Generator,
    settings: SimulationSettings,
    creators: Creators,
    products: Products,
    promoted: Integers,
    first_posted: Floats,
) -> Samples:
    """Applications behind a quarter of the promoted pairs, and others that led to no post (yet)."""
    behind = rng.random(len(promoted)) < 0.25
    pair, posted = promoted[behind], first_posted[behind]
    posting = np.flatnonzero(creators.posts_per_day > 0)
    drawn = np.setdiff1d(_random_pairs(rng, settings, posting, len(pair) // 2), promoted)
    others = _possible_within(settings, creators, products, drawn)
    creator, product = np.divmod(np.concatenate([pair, others]), settings.products)
    earliest = _possible_from(creators, products, creator, product)
    until = np.concatenate([posted, np.full(len(others), float(settings.days))])
    window = np.minimum(until - earliest, np.where(np.arange(len(until)) < len(pair), 21.0, settings.days))
    requested = until - rng.random(len(until)) * np.maximum(window, 0.0)
    status = np.concatenate(
        [np.full(len(pair), _POSTED), rng.choice(_POSTED, size=len(others), p=(0.3, 0.3, 0.4))]
    )
    order = np.argsort(requested, kind="stable")
    return Samples(
        creator=creator[order],
        product=product[order],
        requested=requested[order],
        posted=np.concatenate([posted, np.full(len(others), np.nan)])[order],
        status=status[order].astype(np.int64),
    )


def _possible_from(creators: Creators, products: Products, creator: Integers, product: Integers) -> Floats:
    """The day from which both sides of a pair are there."""
    return np.maximum(creators.joined_day[creator], products.listed_day[product])


def _possible_within(
    settings: SimulationSettings, creators: Creators, products: Products, pair: Integers
) -> Integers:
    """The pairs whose sides are both there before the window ends.

    All are, unless the people and the products were drawn for a longer window.
    """
    return pair[_possible_from(creators, products, *np.divmod(pair, settings.products)) < settings.days]


def _random_pairs(
    rng: np.random.Generator, settings: SimulationSettings, creators: Integers, count: int
) -> Integers:
    if not len(creators):
        return np.empty(0, dtype=np.int64)
    pairs = rng.choice(creators, count) * settings.products + rng.integers(0, settings.products, count)
    return np.asarray(pairs, dtype=np.int64)
