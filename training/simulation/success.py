"""What past posts leave behind: followers won, and shoppers who have seen a product often enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.simulation.arrays import Integers
from training.simulation.content import Contents, Links
from training.simulation.settings import SimulationSettings
from training.simulation.truth import WEEK_DAYS, Truth

CROWD_DAYS = 28
"""For so many days after a post its creator counts as one who promotes the product."""
_MOST_GROWTH = 30.0


def with_growth(truth: Truth, settings: SimulationSettings, contents: Contents) -> Truth:
    """The truth with the followers that each creator has won by the beginning of each week.

    A content wins followers by its luck: what more people see is followed by more.
    """
    if settings.follower_growth == 0.0:
        return truth
    weeks = settings.days // WEEK_DAYS + 1
    won = np.zeros((len(truth.reach), weeks + 1))
    week = np.floor(contents.posted).astype(np.int64) // WEEK_DAYS
    np.add.at(won, (contents.creator, np.minimum(week + 1, weeks)), contents.luck)
    growth = 1.0 + settings.follower_growth * np.cumsum(won[:, :weeks], axis=1)
    return replace(truth, growth=np.minimum(growth, _MOST_GROWTH))


def promoters_by_day(
    creator: Integers, product: Integers, day: Integers, products: int, days: int
) -> Integers:
    """(products, days): creators who linked the product in the `CROWD_DAYS` before each day.

    `creator`, `product` and `day` have one entry a link.
    """
    order = np.lexsort((day, product, creator))
    creator, product, day = creator[order], product[order], day[order]
    again = np.zeros(len(day), dtype=np.bool_)
    again[:-1] = (creator[1:] == creator[:-1]) & (product[1:] == product[:-1])
    until = day + CROWD_DAYS + 1
    # The next link of the pair takes over, so that a creator counts once.
    until[:-1] = np.where(again[:-1], np.minimum(until[:-1], day[1:] + 1), until[:-1])
    change = np.zeros((products, days + CROWD_DAYS + 2), dtype=np.int64)
    np.add.at(change, (product, day + 1), 1)
    np.add.at(change, (product, until), -1)
    return np.cumsum(change, axis=1)[:, :days]


def crowds(settings: SimulationSettings, contents: Contents, links: Links) -> Integers:
    """How many promote the product of each link on the day of its post; 0 where nothing saturates."""
    if settings.saturation is None:
        return np.zeros(len(links.product), dtype=np.int64)
    creator, posted = contents.creator[links.content], contents.posted[links.content]
    day = np.floor(posted).astype(np.int64)
    by_day = promoters_by_day(creator, links.product, day, settings.products, settings.days)
    return by_day[links.product, day]
