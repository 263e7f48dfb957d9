"""What viewers do with a content: views, reactions, clicks and carts by product and day."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.content import Contents, Links
from training.simulation.settings import SimulationSettings
from training.simulation.truth import FADE, Funnel, Truth, daily_views, funnel, match

_LIKES, _COMMENTS, _SHARES = 0.05, 0.006, 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Engagement:
    """One entry a content, product and day with at least one view."""

    content: Integers
    creator: Integers
    product: Integers
    live: Flags
    day: Integers
    posted: Floats
    """When the content was posted, in days from the window's start."""
    views: Integers
    likes: Integers
    comments: Integers
    shares: Integers
    clicks: Integers
    carts: Integers
    convert: Floats
    """Chance that a cart becomes an order."""

    def take(self, rows: Integers) -> Engagement:
        """The entries at `rows`."""
        return Engagement(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def draw_engagement(
    rng: np.random.Generator,
    settings: SimulationSettings,
    contents: Contents,
    links: Links,
    truth: Truth,
    promoters: Integers,
) -> Engagement:
    """Daily counts from the day of the post until views fade or the window ends.

    `promoters` are those of each link's product on the day of the post.
    """
    is_live = contents.live[links.content]
    parts = [
        _draw_of_type(rng, settings, contents, links, np.flatnonzero(is_live == live), truth, promoters, live)
        for live in (False, True)
    ]
    return Engagement(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Engagement)
        }
    )


def reported(engagement: Engagement, settings: SimulationSettings) -> Engagement:
    """What the marketplace tells of it."""
    none = np.zeros_like(engagement.views)
    if not settings.reports_views:
        engagement = replace(engagement, views=none, likes=none, comments=none, shares=none)
    return engagement if settings.reports_clicks else replace(engagement, clicks=none, carts=none)


def _draw_of_type(
    rng: np.random.Generator,
    settings: SimulationSettings,
    contents: Contents,
    links: Links,
    chosen: Integers,
    truth: Truth,
    promoters: Integers,
    live: bool,
) -> Engagement:
    ages = len(FADE["LIVE" if live else "VIDEO"])
    link = np.repeat(chosen, ages)
    age = np.tile(np.arange(ages), len(chosen))
    day = np.floor(contents.posted[links.content[link]]).astype(np.int64) + age
    inside = day < settings.days
    link, age, day = link[inside], age[inside], day[inside]
    content = links.content[link]
    creator = contents.creator[content]
    mean = daily_views(truth, creator, day, age, live) * contents.luck[content] * links.view_share[link]
    views = rng.poisson(mean)
    seen = np.flatnonzero(views > 0)
    content, creator, product = content[seen], creator[seen], links.product[link][seen]
    taste_match = match(truth, creator, product)
    chance = funnel(truth, taste_match, product, day[seen], live, promoters[link[seen]])
    return _count(rng, contents, content, product, day[seen], views[seen], taste_match, chance)


def _count(
    rng: np.random.Generator,
    contents: Contents,
    content: Integers,
    product: Integers,
    day: Integers,
    views: Integers,
    taste_match: Floats,
    chance: Funnel,
) -> Engagement:
    warmth = np.exp(0.5 * taste_match)
    clicks = rng.binomial(views, chance.click)
    return Engagement(
        content=content,
        creator=contents.creator[content],
        product=product,
        live=contents.live[content],
        day=day,
        posted=contents.posted[content],
        views=views,
        likes=rng.binomial(views, _LIKES * warmth),
        comments=rng.binomial(views, _COMMENTS * warmth),
        shares=rng.binomial(views, _SHARES * warmth),
        clicks=clicks,
        carts=rng.binomial(clicks, chance.cart),
        convert=chance.convert,
    )
