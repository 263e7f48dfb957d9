"""What creators post, when, and which products they link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.creators import Creators
from training.simulation.products import Products
from training.simulation.randomness import pair_normal
from training.simulation.settings import SimulationSettings
from training.simulation.truth import Truth

LUCK_SIGMA = 0.9
"""Spread of the log of a content's luck."""
_BLOCK_CELLS = 4_000_000
"""Content times products scored at once, which bounds memory; fixed, so that results repeat."""
LINKS_SHARE = (0.80, 0.14, 0.06)
"""Contents with one, two and three links."""
_TREND_WEIGHT = 0.8
_COMMISSION_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """One entry a content, in order of posting; the position is the number in its id."""

    creator: Integers
    posted: Floats
    """Days from the window's start."""
    live: Flags
    luck: Floats
    """Factor of mean 1 on the views."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkPlan:
    """One entry a link that a content is to have, sorted by creator, then content."""

    content: Integers
    parent: Integers
    """Position of the earlier link of the same creator whose product this one repeats, or its own."""
    choice: Integers
    """Product of the creator's own fresh choice; 0 where the link repeats another."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """One entry a product linked by a content; pairs are distinct."""

    content: Integers
    product: Integers
    view_share: Floats
    """Share of the content's views; sums to 1 over its links."""


def draw_contents(rng: np.random.Generator, settings: SimulationSettings, creators: Creators) -> Contents:
    """Posts spread evenly over each creator's posting days."""
    span = np.maximum(creators.last_day - creators.first_day, 0.0)
    creator = np.repeat(np.arange(len(span)), rng.poisson(creators.posts_per_day * span))
    posted = creators.first_day[creator] + rng.random(len(creator)) * span[creator]
    order = np.argsort(posted, kind="stable")
    return Contents(
        creator=creator[order],
        posted=posted[order],
        live=rng.random(len(order)) < settings.live_share,
        luck=rng.lognormal(-0.5 * LUCK_SIGMA**2, LUCK_SIGMA, len(order)),
    )


def draw_link_plan(
    rng: np.random.Generator,
    settings: SimulationSettings,
    contents: Contents,
    creators: Creators,
    products: Products,
    truth: Truth,
) -> LinkPlan:
    """Each content links one to three products, chosen by taste, exposure, trend and commission, or again.

    How much each of these counts is of the settings.
    """
    count = rng.choice(len(LINKS_SHARE), size=len(contents.creator), p=LINKS_SHARE) + 1
    content = np.repeat(np.arange(len(count)), count)
    by_creator = np.lexsort((content, contents.creator[content]))
    content = content[by_creator]
    parent = _parents(rng, contents.creator[content], settings.repeat_share)
    fresh = np.flatnonzero(parent == np.arange(len(parent)))
    choice = np.zeros(len(content), dtype=np.int64)
    choice[fresh] = _choose(rng, settings, contents, content[fresh], creators, products, truth)
    return LinkPlan(content=content, parent=parent, choice=choice)


def own_links(contents: Contents, plan: LinkPlan, products: Products) -> Links:
    """The links of creators who follow nothing but their plan."""
    return links_of(contents, products, plan.content, product_of_links(plan))


def product_of_links(plan: LinkPlan) -> Integers:
    """The product of each planned link: of its own choice, or of the first link that it repeats."""
    origin = plan.parent
    while not np.array_equal(jumped := origin[origin], origin):
        origin = jumped
    return plan.choice[origin]


def links_of(contents: Contents, products: Products, content: Integers, product: Integers) -> Links:
    """Links to products still on sale on the day of the post, each product once a content.

    `content` and `product` have one entry a planned link.
    """
    day = np.floor(contents.posted[content]).astype(np.int64)
    keep = day < products.closed_day[product]
    n_products = len(products.closed_day)
    pairs = np.unique(content[keep] * n_products + product[keep])
    content, product = np.divmod(pairs, n_products)
    share = 1.0 / np.bincount(content, minlength=len(contents.creator))[content]
    return Links(content=content, product=product, view_share=share)


def _parents(rng: np.random.Generator, creator: Integers, repeat_share: float) -> Integers:
    """For links sorted by creator then time: the position of the link whose product each one repeats.

    A repeat points at a random earlier link of the same creator, so what was linked often is linked more.
    """
    n = len(creator)
    position = np.arange(n)
    first = np.searchsorted(creator, creator, side="left")
    earlier = first + np.floor(rng.random(n) * (position - first)).astype(np.int64)
    repeats = (rng.random(n) < repeat_share) & (position > first)
    return np.where(repeats, earlier, position)


def choice_chances(
    settings: SimulationSettings, creators: Creators, products: Products, truth: Truth, day: int
) -> Floats:
    """(creators, products): how likely each product is a fresh choice of each creator on a day."""
    utility = _utility(settings, creators, products, truth, np.arange(settings.creators))
    utility += _attraction(settings, products, truth)[day]
    weight = np.exp((utility - utility.max(axis=1, keepdims=True)).astype(np.float64))
    chances: Floats = weight / weight.sum(axis=1, keepdims=True)
    return chances


def _choose(
    rng: np.random.Generator,
    settings: SimulationSettings,
    contents: Contents,
    content: Integers,
    creators: Creators,
    products: Products,
    truth: Truth,
) -> Integers:
    """One product a link from a softmax over those that the creator may link on the day."""
    attraction = _attraction(settings, products, truth)
    chosen = np.empty(len(content), dtype=np.int64)
    block = max(1, _BLOCK_CELLS // settings.products)
    for begin in range(0, len(content), block):
        rows = content[begin : begin + block]
        utility = _utility(settings, creators, products, truth, contents.creator[rows])
        utility += attraction[np.floor(contents.posted[rows]).astype(np.int64)]
        chosen[begin : begin + block] = _softmax_draw(utility, rng.random(len(rows), dtype=np.float32))
    return chosen


def _utility(
    settings: SimulationSettings, creators: Creators, products: Products, truth: Truth, creator: Integers
) -> NDArray[np.float32]:
    """(n, products) log weight of a product to each creator; -inf where it may not link it."""
    factor = (settings.taste_strength * products.factor.T).astype(np.float32)
    utility: NDArray[np.float32] = creators.taste[creator].astype(np.float32) @ factor
    own = settings.taste_strength * settings.insight * truth.rates.own_taste
    if own:
        every = np.arange(settings.products)
        of_pair = pair_normal(truth.rates.own_seed, creator[:, None], every[None, :])
        utility += (own * of_pair).astype(np.float32)
    bars = np.flatnonzero(products.min_followers > 0)
    barred = creators.followers[creator][:, None] < products.min_followers[bars][None, :]
    utility[:, bars] = np.where(barred, -np.inf, utility[:, bars])
    return utility


def _attraction(settings: SimulationSettings, products: Products, truth: Truth) -> NDArray[np.float32]:
    """(days, products) log weight of a product whatever the creator; -inf while it is not on sale."""
    day = np.arange(settings.days)[:, None]
    every = np.arange(settings.products)[None, :]
    trend = np.log(truth.trends.at(every, day))
    weight = (
        products.exposure[None, :]
        + _TREND_WEIGHT * trend
        + _COMMISSION_WEIGHT * products.commission_rate[None, :]
    )
    weight *= settings.exposure_strength
    if settings.chart_strength:
        wanted = np.log(truth.appeal * truth.conversion)[None, :] + trend
        weight += settings.chart_strength * wanted
    on_sale = (day >= products.listed_day[None, :]) & (day < products.closed_day[None, :])
    return np.where(on_sale, weight, -np.inf).astype(np.float32)


def _softmax_draw(utility: NDArray[np.float32], uniform: NDArray[np.float32]) -> Integers:
    """Column drawn from each row's softmax by inverting its cumulative weights."""
    utility -= utility.max(axis=1, keepdims=True)
    cumulative = np.cumsum(np.exp(utility, out=utility), axis=1)
    # The largest uniform could round up to the total, which no column exceeds.
    target = np.minimum(uniform * cumulative[:, -1], np.nextafter(cumulative[:, -1], np.float32(0.0)))
    return np.asarray((cumulative <= target[:, None]).sum(axis=1), dtype=np.int64)
