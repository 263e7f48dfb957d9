"""One policy in one market, night after night."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.feed import Feed
from benchmarks.market import Market
from benchmarks.policies import Morning, Policy, chart
from benchmarks.told import Earned, Kept, Promise
from features.settings import MarketplaceSettings
from recsys.arrays import Bool, Float64, Int64
from recsys.metrics import gini
from training.simulation.lists import Impressions
from training.simulation.orders import Orders
from training.simulation.truth import expected_commission


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """What came of the contents posted on the days of the loop, in the end, and what the lists held."""

    posted: Bool
    """(creators,) who posted at all, the same under every policy of a seed."""
    sold: Bool
    """(creators,) who has a sale that was neither cancelled nor refunded in full."""
    commission: Float64
    """(creators, days of the loop) net commission by the day of the post."""
    expected: Float64
    """(creators, days of the loop) the same as the truth expects it of the links that were made, beside all
    who promoted their products that day: without the luck of contents and the chance of viewers."""
    listed: Int64
    """(days, products) how many lists held the product."""
    n_lists: Int64
    """(days,) lists that held anything."""
    charts: Float64
    """(days, products) net units of the last week, as known that morning."""
    seconds: Float64
    """(days,) that the policy took."""
    kept: Kept
    """What lists told of the promotions that followed them, and what happened."""

    @property
    def total(self) -> float:
        """What all creators earned."""
        return float(self.commission.sum())

    @property
    def expected_total(self) -> float:
        """What all creators were to expect."""
        return float(self.expected.sum())

    @property
    def expected_gini(self) -> float:
        """Inequality of what the posting creators were to expect, in cents."""
        return gini(np.round(100.0 * self.expected.sum(axis=1)[self.posted]).astype(np.int64))

    @property
    def active_share(self) -> float:
        """Share of the posting creators with at least one net sale."""
        return float(self.sold[self.posted].mean()) if self.posted.any() else 0.0

    @property
    def gini(self) -> float:
        """Inequality of the posting creators' earnings, in cents."""
        earned = self.commission.sum(axis=1)[self.posted]
        return gini(np.round(100.0 * earned).astype(np.int64))


def run_episode(policy: Policy, market: Market, folder: Path) -> Episode:
    """Let the rest of the market's span pass under a policy; `folder` is new and holds export and home."""
    feed = Feed(folder / "export", market)
    home = folder / "home"
    home.mkdir()
    n_creators, n_products = market.promoted.shape
    first, last = market.day, market.clock.days
    contents = market.contents
    in_loop = np.floor(contents.posted) >= first
    posted = np.zeros(n_creators, dtype=np.bool_)
    posted[contents.creator[in_loop]] = True
    sold = np.zeros(n_creators, dtype=np.bool_)
    commission, expected = (np.zeros((n_creators, last - first)) for _ in range(2))
    listed = np.zeros((last - first, n_products), dtype=np.int64)
    n_lists = np.zeros(last - first, dtype=np.int64)
    charts = np.zeros((last - first, n_products))
    seconds = np.zeros(last - first)
    promises: list[Promise] = []
    orders: list[Orders] = []
    for night in range(last - first):
        as_of = feed.write()
        allowed = market.linkable() & market.joined[:, None] & ~market.promoted
        morning = Morning(feed.folder, home, market.day, as_of, allowed)
        charts[night] = chart(feed.folder, as_of, n_products)
        begun = time.perf_counter()
        given = policy.lists(morning)
        lists = given.products
        seconds[night] = time.perf_counter() - begun
        listed[night] = np.bincount(lists[lists >= 0], minlength=n_products)
        n_lists[night] = (lists >= 0).any(axis=1).sum()
        # As a marketplace does: the next nights know what was shown.
        if n_lists[night]:
            feed.show(Impressions.of_lists(market.day, lists, np.ones(lists.shape)))
        activity = market.advance(lists)
        feed.tell(activity)
        linked = market.contents.creator[activity.links.content], activity.links.product
        promises.append(Promise.of(first + night, given, *linked))
        worth = expected_commission(
            market.stage.truth, *linked, np.asarray(first + night), promoters=market.crowds(activity.links)
        )
        np.add.at(expected[:, night], linked[0], worth)
        earned = net_commission(activity.orders)
        orders.append(activity.orders)
        np.add.at(commission[:, night], activity.orders.creator, earned)
        sold[activity.orders.creator[earned > 0]] = True
    horizon = MarketplaceSettings.beside(feed.folder).horizon_days
    kept = Kept.of(promises, _earned(orders), horizon, last)
    return Episode(posted, sold, commission, expected, listed, n_lists, charts, seconds, kept)


def _earned(orders: Sequence[Orders]) -> Earned:
    return Earned(
        np.concatenate([some.creator for some in orders]),
        np.concatenate([some.product for some in orders]),
        np.concatenate([some.ordered for some in orders]),
        np.concatenate([net_commission(some) for some in orders]),
    )


def net_commission(orders: Orders) -> Float64:
    """What each order line earns its creator in the end, once it was cancelled or refunded or neither."""
    kept = np.where(orders.cancelled, 0.0, 1.0 - orders.refunded / orders.quantity)
    earned: Float64 = orders.amount * kept * orders.commission_rate
    return earned
