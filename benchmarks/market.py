"""A market that goes on day by day after its history, while creators follow the lists they are given.

Who posts when, with how many links, with what luck, and what they would link by themselves is drawn once
for the whole span, as `draw_world` draws it. What a policy changes is only which product a link that
follows a list goes to, and what later links repeat of that: two policies on markets of one seed differ by
nothing else but the chance in what viewers then do.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.clock import Clock
from training.simulation.content import Contents, LinkPlan, Links, draw_contents, draw_link_plan, links_of
from training.simulation.engagement import Engagement, draw_engagement, reported
from training.simulation.lists import linkable, taken_by_rank
from training.simulation.orders import Orders, deal_buyer_numbers, draw_orders, draw_shoppers
from training.simulation.partnerships import (
    Collaborations,
    Samples,
    draw_collaborations,
    draw_samples,
    first_posts,
)
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.success import promoters_by_day, with_growth
from training.simulation.truth import FADE
from training.simulation.world import draw_stage

LINGER_DAYS = max(len(fade) for fade in FADE.values())
"""Days from a post until nobody sees it any more."""


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """How long creators are left to themselves, and how they take to lists afterwards.

    `world.days` is the whole span; lists are given from day `warm_up_days` on. A link follows its creator's
    list with the chance `follow`, and goes to an entry at rank r with a chance proportional to r **
    -`position_bias`; 1 is the usual model of attention to ranked lists (Joachims, Swaminathan and Schnabel,
    "Unbiased Learning-to-Rank with Biased Feedback", 2017).
    """

    world: SimulationSettings
    warm_up_days: int = 60
    follow: float = 0.7
    position_bias: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a span without history and a chance that is none."""
        if not 0 < self.warm_up_days <= self.world.days:
            raise ValueError(f"warm_up_days must lie in [1, {self.world.days}], got {self.warm_up_days}")
        if not 0.0 <= self.follow <= 1.0:
            raise ValueError(f"follow must lie in [0, 1], got {self.follow}")
        if not 0.0 <= self.position_bias < float("inf"):
            raise ValueError(f"position_bias must be finite and not negative, got {self.position_bias}")


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """What some contents were linked to and all that ever comes of it, known or not yet."""

    links: Links
    engagement: Engagement
    orders: Orders


class Market:
    """The state of one market on the morning of `day`, with no more than the past decided."""

    def __init__(self, settings: MarketSettings) -> None:
        world = settings.world
        self.settings = settings
        self.clock = Clock.of(world)
        self.day = settings.warm_up_days
        stage = draw_stage(world)
        creators, products = stage.creators, stage.products
        stream = generator(world.seed, Concern.CONTENT)
        self.contents: Contents = draw_contents(stream, world, creators)
        self.stage = replace(stage, truth=with_growth(stage.truth, world, self.contents))
        self._plan: LinkPlan = draw_link_plan(
            stream, world, self.contents, creators, products, self.stage.truth
        )
        following = generator(world.seed, Concern.FOLLOWING)
        self._follows: Flags = following.random(len(self._plan.content)) < settings.follow
        self._luck_of_rank: Floats = following.random(len(self._plan.content))
        self._day_of_link = np.floor(self.contents.posted[self._plan.content]).astype(np.int64)
        # Product of each planned link once it was made.
        self._product: Integers = np.full(len(self._plan.content), -1, dtype=np.int64)
        # All links so far, for what promoters leave to the next.
        self._linked: list[Links] = []
        self.promoted: Flags = np.zeros((world.creators, world.products), dtype=np.bool_)
        """(creators, products) pairs that a content has linked."""
        self._buyer_numbers = deal_buyer_numbers(generator(world.seed, Concern.AUDIENCE), creators)
        nobody = np.full((world.creators, 1), -1, dtype=np.int64)
        history = self._decide(np.flatnonzero(self._day_of_link < self.day), nobody)
        past = replace(world, days=self.day)
        pairs, first_posted = first_posts(world, self.contents, history)
        agreed = generator(world.seed, Concern.PARTNERSHIPS)
        # Agreed on before any list, so that they are the same whatever the policy.
        self.collaborations: Collaborations = draw_collaborations(agreed, past, creators, products, pairs)
        self.samples: Samples = draw_samples(agreed, past, creators, products, pairs, first_posted)
        self.history: Activity = self._outcome(history, 0)

    @property
    def joined(self) -> Flags:
        """Creators who are there this morning."""
        return np.asarray(self.stage.creators.joined_day < self.day, dtype=np.bool_)

    def linkable(self) -> Flags:
        """(creators, products): what each creator may link today, whether or not it is there yet."""
        return linkable(self.stage.creators, self.stage.products, self.day)

    def promoters(self) -> Integers:
        """(products,) creators who linked each product of late, as its next promoter finds it today."""
        creator, product, day = self.links_so_far()
        products = self.settings.world.products
        return promoters_by_day(creator, product, day, products, self.day + 1)[:, self.day]

    def links_so_far(self) -> tuple[Integers, Integers, Integers]:
        """Creator, product and day of each."""
        content = np.concatenate([links.content for links in self._linked])
        product = np.concatenate([links.product for links in self._linked])
        day = np.floor(self.contents.posted[content]).astype(np.int64)
        return self.contents.creator[content], product, day

    def first_linked(self) -> Integers:
        """(creators, products): the day of each pair's first link; later than any where there is none."""
        creator, product, day = self.links_so_far()
        first = np.full(self.promoted.shape, np.iinfo(np.int64).max)
        np.minimum.at(first, (creator, product), day)
        return first

    def fork(self, follow: float) -> Market:
        """The same market from this morning on, where a link follows its list with another chance."""
        twin = copy(self)
        twin.settings = replace(self.settings, follow=follow)
        twin.promoted, twin._product = self.promoted.copy(), self._product.copy()
        twin._linked = list(self._linked)
        following = generator(self.settings.world.seed, Concern.FOLLOWING)
        twin._follows = following.random(len(self._follows)) < follow
        return twin

    def advance(self, lists: Integers) -> Activity:
        """Lets a day pass on which creators follow these lists, (creators, k) products, best first, padded
        with -1.

        An entry that its creator may not link is passed over, and a creator without any other follows its
        own plan.
        """
        links = self._decide(np.flatnonzero(self._day_of_link == self.day), lists)
        activity = self._outcome(links, self.day)
        self.day += 1
        return activity

    def _decide(self, planned: Integers, lists: Integers) -> Links:
        """Makes planned links, each of a later position than all that it may repeat."""
        content = self._plan.content[planned]
        creator = self.contents.creator[content]
        listed = self._from_lists(creator, lists, self._luck_of_rank[planned])
        followed = np.where(self._follows[planned], listed, -1)
        for link, product in zip(planned.tolist(), followed.tolist(), strict=True):
            parent = self._plan.parent[link]
            own = self._plan.choice[link] if parent == link else self._product[parent]
            self._product[link] = product if product >= 0 else own
        links = links_of(self.contents, self.stage.products, content, self._product[planned])
        self.promoted[self.contents.creator[links.content], links.product] = True
        return links

    def _from_lists(self, creator: Integers, lists: Integers, uniform: Floats) -> Integers:
        """The product that each link takes from its creator's list; -1 where there is none to take."""
        entries = lists[creator]
        rows = np.arange(len(creator))[:, None]
        allowed = (entries >= 0) & self.linkable()[creator][rows, np.maximum(entries, 0)]
        return taken_by_rank(entries, allowed, uniform, self.settings.position_bias)

    def _outcome(self, links: Links, part: int) -> Activity:
        """What viewers do until the last has looked; chance depends on the seed and `part` alone."""
        world, stage = self.settings.world, self.stage
        until = replace(world, days=world.days + LINGER_DAYS)
        self._linked.append(links)
        engagement = draw_engagement(
            generator(world.seed, Concern.ENGAGEMENT, part),
            until,
            self.contents,
            links,
            stage.truth,
            self.crowds(links),
        )
        orders = draw_orders(
            generator(world.seed, Concern.ORDERS, part),
            world,
            engagement,
            stage.products,
            self.collaborations,
            stage.truth.rates,
        )
        shoppers = draw_shoppers(
            generator(world.seed, Concern.AUDIENCE, part), orders, stage.creators, stage.products
        )
        told = reported(engagement, world)
        return Activity(links, told, replace(orders, buyer=self._buyer_numbers[shoppers]))

    def crowds(self, links: Links) -> Integers:
        """How many promote the product of each link, made by today, on the day of its post."""
        world = self.settings.world
        if world.saturation is None:
            return np.zeros(len(links.product), dtype=np.int64)
        by_day = promoters_by_day(*self.links_so_far(), world.products, self.day + 1)
        return by_day[links.product, np.floor(self.contents.posted[links.content]).astype(np.int64)]
