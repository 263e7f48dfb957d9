"""What a promotion truly brings within a horizon: its expectation in a formula, and draws of it.

A promotion is what labels mean by one (`features.labels`): a pair's first content, and all that the pair
sells in the horizon from the morning of that day. Beside the first content, with one of its links, it holds

    extra = sum over days j of  links a day * (repeat * m / L + (1 - repeat) * choice) * seen(j)

further contents of the same creator: of its L links so far, m to this product, each is as likely to be the
one that a repeat repeats; `choice` is the chance of its own fresh choice, and seen(j) the share of a
content's views that fall within the rest of the horizon.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.market import Market
from recsys.arrays import Float64, Int64
from training.simulation.content import LINKS_SHARE, LUCK_SIGMA, choice_chances
from training.simulation.settings import SimulationSettings
from training.simulation.truth import FADE, Truth, expected_orders

HORIZON_DAYS: Final = 14
_COUNTS: Final = np.arange(1.0, len(LINKS_SHARE) + 1.0)
_LINKS_A_CONTENT: Final = float(_COUNTS @ np.asarray(LINKS_SHARE))
_SEEN: Final = np.cumsum(FADE["VIDEO"])[::-1]
"""By days since the begin: share of a video's views within the rest of the horizon."""


@dataclass(frozen=True, slots=True, eq=False)
class Prospects:
    """Promotions of any pair that begin on a market's morning; (creators, products) where not said otherwise.

    `video` and `live` are the expected order lines of one content whose views all go to the product, `extra`
    the contents that follow the first, each weighted by what of it falls within the horizon, `follow_ups`
    these contents counted.
    """

    truth: Truth
    settings: SimulationSettings
    video: Float64
    live: Float64
    extra: Float64
    follow_ups: Float64

    @property
    def units(self) -> Float64:
        """Expected units that stay sold."""
        live = self.settings.live_share
        orders = (1.0 - live) * self.video + live * self.live
        whole: Float64 = orders / _LINKS_A_CONTENT * (1.0 + self.extra) * self._kept
        return whole

    @property
    def commission(self) -> Float64:
        """Expected net commission at the open rate."""
        earned: Float64 = self.units * self._paid
        return earned

    def draw(self, rng: np.random.Generator, creators: Int64, products: Int64) -> tuple[Float64, Float64]:
        """Net units and net commission of one promotion of each pair."""
        n = len(creators)
        contents = 1 + rng.poisson(self.follow_ups[creators, products])
        pair = np.repeat(np.arange(n), contents)
        first = np.zeros(len(pair), dtype=np.bool_)
        first[np.cumsum(contents) - contents] = True
        follow_ups = np.maximum(self.follow_ups, 1e-12)
        seen = np.where(first, 1.0, (self.extra / follow_ups)[creators, products][pair])
        chance = _COUNTS * LINKS_SHARE / _LINKS_A_CONTENT
        share = 1.0 / rng.choice(_COUNTS, size=len(pair), p=chance / chance.sum())
        luck = rng.lognormal(-0.5 * LUCK_SIGMA**2, LUCK_SIGMA, len(pair))
        cells = creators[pair], products[pair]
        live = rng.random(len(pair)) < self.settings.live_share
        orders = rng.poisson(np.where(live, self.live[cells], self.video[cells]) * share * luck * seen)
        of = np.repeat(pair, orders)
        units, paid = self._lines(rng, products[of])
        of_pair = (np.bincount(of, lines, minlength=n) for lines in (units, paid))
        net, commission = (np.asarray(total, dtype=np.float64) for total in of_pair)
        return net, commission

    @property
    def _kept(self) -> Float64:
        """(products,) units that stay sold of an order line."""
        rates, refunds = self.truth.rates, self.truth.refund_rate
        kept: Float64 = (1.0 - rates.cancel) * (rates.mean_quantity - refunds * rates.mean_refunded)
        return kept

    @property
    def _paid(self) -> Float64:
        """(products,) commission of a unit."""
        truth = self.truth
        paid: Float64 = truth.price * truth.rates.mean_price_paid * truth.commission_rate
        return paid

    def _lines(self, rng: np.random.Generator, product: Int64) -> tuple[Float64, Float64]:
        """Net units and commission of some order lines, drawn as `training.simulation.orders` draws them."""
        truth, rates, n = self.truth, self.truth.rates, len(product)
        more = rng.random(n)
        quantity = 1.0 + (more < rates.two_units + rates.three_units) + (more < rates.three_units)
        comes_back = rng.random(n) < truth.refund_rate[product]
        back = np.where(rng.random(n) < rates.whole_refund, quantity, 1.0) * comes_back
        net = np.where(rng.random(n) < rates.cancel, 0.0, quantity - back)
        discount = np.where(rng.random(n) < rates.discounted, rng.integers(1, 5, n) * 0.05, 0.0)
        return net, net * truth.price[product] * (1.0 - discount) * truth.commission_rate[product]


def prospects(market: Market, truth: Truth | None = None) -> Prospects:
    """Those of every pair on the morning of the market's day, given what was linked before it.

    With a `truth` it is that which shoppers follow, while creators choose by the market's own.
    """
    world, stage, day = market.settings.world, market.stage, market.day
    truth = truth or stage.truth
    creator, product = np.arange(world.creators)[:, None], np.arange(world.products)[None, :]
    promoters = market.promoters()[None, :]
    video, live = (
        expected_orders(truth, creator, product, np.asarray(day), content_type=kind, promoters=promoters)
        for kind in ("VIDEO", "LIVE")
    )
    choice = choice_chances(world, stage.creators, stage.products, stage.truth, day)
    extra, follow_ups = _follow_ups(market, choice)
    return Prospects(truth, world, video, live, extra, follow_ups)


def _follow_ups(market: Market, choice: Float64) -> tuple[Float64, Float64]:
    """What follows a first content within the horizon: weighted by what is seen of it, and counted."""
    creators, repeat = market.stage.creators, market.settings.world.repeat_share
    links = 1.0 + np.bincount(market.links_so_far()[0], minlength=len(creators.posts_per_day))
    seen, count = np.zeros_like(choice), np.zeros_like(choice)
    for j in range(HORIZON_DAYS):
        day = market.day + j
        posting = (creators.first_day <= day) & (creators.last_day > day)
        # On the first day only what comes after the first content counts.
        links_a_day = np.where(posting, creators.posts_per_day, 0.0) * _LINKS_A_CONTENT * (1.0 if j else 0.5)
        again = repeat * (1.0 + count) / links[:, None] + (1.0 - repeat) * choice
        count += links_a_day[:, None] * again
        seen += _SEEN[j] * links_a_day[:, None] * again
        links = links + links_a_day
    return seen, count
