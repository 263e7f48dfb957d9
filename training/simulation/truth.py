"""The true expected outcome of any promotion, in a formula that the simulation itself draws from.

One content with one product, posted by creator c for product p on day t, meets on day t + a (age a):

    views(c, a)      = reach[c] * format.views * fade[format][a] * weekday[t + a]
    click(c, p)      = min(click * exp(click_taste * m) * appeal[p] * trend[p](t + a), click_limit) * fresh
    cart(c, p)       = min(cart * exp(cart_taste * m), cart_limit)
    convert(c, p)    = min(convert * exp(convert_taste * m) * conversion[p] * lift[t + a, leaf[p]]
                           * format.convert, convert_limit)
    orders           = views * click * cart * convert
    m                = taste[c] . factor[p] + own_taste * normal(c, p)
    fresh            = 1 / (1 + promoters of p / crowd_half)
    units            = orders * mean_quantity
    net units        = orders * (1 - cancel) * (mean_quantity - refund_rate[p] * mean_refunded)
    net commission   = net units * price[p] * mean_price_paid * commission_rate[p]

`convert` is multiplied by `shock` from its day on, and reach by growth[c][week of t] ** .6, as reach grows
with followers. In the default world own_taste is 0, crowd_half infinite, shock and growth are 1.

Views of a content that links n products are shared evenly, so each product gets the n-th part of the above.
Realised counts are Poisson and binomial around it; luck multiplies a content's views by a factor of mean 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np

from training.simulation.arrays import Floats, Integers
from training.simulation.demand import WEEKDAY_LIFT, Trends
from training.simulation.randomness import pair_normal

ContentType: TypeAlias = Literal["VIDEO", "LIVE"]
FADE: dict[ContentType, tuple[float, ...]] = {
    "VIDEO": tuple(float(w) for w in np.exp(-np.arange(14) / 3.5) / np.exp(-np.arange(14) / 3.5).sum()),
    "LIVE": (0.85, 0.15),
}
"""Share of a content's views by age in days; sums to 1."""
WEEK_DAYS = 7
_REACH_OF_FOLLOWERS = 0.6


@dataclass(frozen=True, slots=True)
class Rates:
    """The scalars of the formula."""

    click: float = 0.011
    click_taste: float = 0.9
    click_limit: float = 0.3
    cart: float = 0.10
    cart_taste: float = 0.5
    cart_limit: float = 0.5
    convert: float = 0.18
    convert_taste: float = 1.0
    convert_limit: float = 0.8
    live_views: float = 0.6
    live_convert: float = 1.8
    cancel: float = 0.02
    two_units: float = 0.08
    three_units: float = 0.02
    whole_refund: float = 0.7
    """Share of refunds that return every unit; the others return one."""
    discounted: float = 0.3
    """Share of sales at 5, 10, 15 or 20 % off, equally likely."""
    own_taste: float = 0.0
    """Deviation of the pair's own part of the match."""
    own_seed: int = 0
    crowd_half: float = float("inf")
    """Promoters of a product that halve what one more sells."""
    shock: float = 1.0
    """Factor on the conversion from `shock_day` on."""
    shock_day: int = 0

    @property
    def mean_quantity(self) -> float:
        """Units of an average order line."""
        return 1.0 + self.two_units + 2.0 * self.three_units

    @property
    def mean_refunded(self) -> float:
        """Units that an average refund returns."""
        return self.whole_refund * self.mean_quantity + 1.0 - self.whole_refund

    @property
    def mean_price_paid(self) -> float:
        """Price paid as a share of the list price."""
        return 1.0 - 0.125 * self.discounted


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everything that decides expected sales; row i is the creator or product with number i in its id."""

    start: date
    taste: Floats
    """(creators, d)."""
    reach: Floats
    """(creators,) expected views of one video."""
    factor: Floats
    """(products, d)."""
    appeal: Floats
    conversion: Floats
    refund_rate: Floats
    price: Floats
    commission_rate: Floats
    leaf: Integers
    listed_day: Integers
    closed_day: Integers
    trends: Trends
    event_lift: Floats
    """(days, leaves); 1 outside these days."""
    growth: Floats
    """(creators, weeks) followers at the begin of a week over the first ones; the last hold for ever."""
    rates: Rates


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Chances along the way from a view to an order; arrays of the broadcast shape."""

    click: Floats
    cart: Floats
    convert: Floats


def match(truth: Truth, creator: Integers, product: Integers) -> Floats:
    """Taste match: in [-1, 1] where pairs have no taste of their own; the indices broadcast."""
    together: Floats = np.einsum("...d,...d->...", truth.taste[creator], truth.factor[product])
    rates = truth.rates
    if rates.own_taste == 0.0:
        return together
    return together + rates.own_taste * pair_normal(rates.own_seed, creator, product)


def daily_views(truth: Truth, creator: Integers, day: Integers, age: Integers, live: bool) -> Floats:
    """Expected views on `day` of a content `age` days old with one product; all broadcast."""
    week = np.clip((day - age) // WEEK_DAYS, 0, truth.growth.shape[1] - 1)
    reach = truth.reach[creator] * truth.growth[creator, week] ** _REACH_OF_FOLLOWERS
    fade = np.asarray(FADE["LIVE" if live else "VIDEO"])
    weekday = np.asarray(WEEKDAY_LIFT)[(truth.start.weekday() + day) % 7]
    views: Floats = reach * (truth.rates.live_views if live else 1.0) * fade[age] * weekday
    return views


def funnel(
    truth: Truth,
    taste_match: Floats,
    product: Integers,
    day: Integers,
    live: bool,
    promoters: Floats | Integers | int = 0,
) -> Funnel:
    """Chances on `day`; all broadcast. `promoters` are those of the product on the day of the post."""
    rates = truth.rates
    days = len(truth.event_lift)
    inside = (day >= 0) & (day < days)
    lift = np.where(inside, truth.event_lift[np.clip(day, 0, days - 1), truth.leaf[product]], 1.0)
    lift = np.where(day >= rates.shock_day, rates.shock, 1.0) * lift
    click = np.exp(rates.click_taste * taste_match) * truth.appeal[product] * truth.trends.at(product, day)
    convert = np.exp(rates.convert_taste * taste_match) * truth.conversion[product] * lift
    return Funnel(
        click=np.minimum(rates.click * click, rates.click_limit) / (1.0 + promoters / rates.crowd_half),
        cart=np.minimum(rates.cart * np.exp(rates.cart_taste * taste_match), rates.cart_limit),
        convert=np.minimum(
            rates.convert * convert * (rates.live_convert if live else 1.0), rates.convert_limit
        ),
    )


def expected_orders(
    truth: Truth,
    creator: Integers,
    product: Integers,
    day: Integers,
    *,
    content_type: ContentType = "VIDEO",
    promoters: Floats | Integers | int = 0,
) -> Floats:
    """Expected order lines over the life of one content posted on `day`, refunds and cancellations included.

    `creator`, `product` (indices), `day` (days since the start, any integer) and `promoters` (of the product
    on that day) broadcast; 0 where the product is not on sale on the day of the post.
    """
    live = content_type == "LIVE"
    taste_match = match(truth, creator, product)
    total = np.zeros(np.broadcast_shapes(taste_match.shape, np.shape(day), np.shape(promoters)))
    for age in range(len(FADE[content_type])):
        then = np.asarray(day, dtype=np.int64) + age
        chance = funnel(truth, taste_match, product, then, live, promoters)
        views = daily_views(truth, creator, then, np.asarray(age), live)
        total += views * chance.click * chance.cart * chance.convert
    on_sale = (day >= truth.listed_day[product]) & (day < truth.closed_day[product])
    return np.where(on_sale, total, 0.0)


def expected_units(
    truth: Truth,
    creator: Integers,
    product: Integers,
    day: Integers,
    *,
    content_type: ContentType = "VIDEO",
    promoters: Floats | Integers | int = 0,
) -> Floats:
    """Expected units that stay sold, over the life of one content posted on `day`; see `expected_orders`."""
    rates = truth.rates
    kept = rates.mean_quantity - truth.refund_rate[product] * rates.mean_refunded
    orders = expected_orders(truth, creator, product, day, content_type=content_type, promoters=promoters)
    return orders * (1.0 - rates.cancel) * kept


def expected_commission(
    truth: Truth,
    creator: Integers,
    product: Integers,
    day: Integers,
    *,
    content_type: ContentType = "VIDEO",
    promoters: Floats | Integers | int = 0,
) -> Floats:
    """Expected net commission at the open rate, in the currency's major unit; see `expected_orders`."""
    earned = truth.price[product] * truth.rates.mean_price_paid * truth.commission_rate[product]
    units = expected_units(truth, creator, product, day, content_type=content_type, promoters=promoters)
    return units * earned
