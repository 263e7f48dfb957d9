"""Lists that were shown and logged, and creators who follow them instead of their own choice.

Once a week every creator who is there gets a list of `K` products that it may link and has not linked yet.
Places in `EXPLORED` are drawn evenly from all of these, the others in order by Plackett and Luce's model from
what many promote and what earns a high commission; so each place has a chance that can be told.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.content import Contents, LinkPlan, product_of_links
from training.simulation.creators import Creators
from training.simulation.products import Products
from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings
from training.simulation.truth import WEEK_DAYS

K: Final = 20
EXPLORED: Final = (4, 9, 14, 19)
"""Places from 0."""
_SHARPNESS = 2.0
_RECENT_DAYS = 28


@dataclass(frozen=True, slots=True, eq=False)
class Impressions:
    """One entry a place of a list that was shown."""

    shown: Floats
    """Days from the window's start."""
    creator: Integers
    product: Integers
    position: Integers
    """From 1."""
    propensity: Floats

    @classmethod
    def of_lists(cls, day: float, lists: Integers, propensity: Floats) -> Impressions:
        """All places of everybody's lists of a day: (creators, k) products, -1 where there is none."""
        creator, place = np.nonzero(lists >= 0)
        return cls(
            shown=np.full(len(creator), float(day)),
            creator=creator,
            product=lists[creator, place],
            position=place + 1,
            propensity=propensity[creator, place],
        )

    @classmethod
    def stacked(cls, parts: list[Impressions]) -> Impressions:
        """Several one after another."""
        return cls(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            }
        )


def linkable(creators: Creators, products: Products, day: int) -> Flags:
    """(creators, products): what each creator may link on a day, whether or not it is there yet."""
    enough = creators.followers[:, None] >= products.min_followers[None, :]
    return enough & products.on_sale(day)[None, :]


def attention_by_rank(places: int, position_bias: float = 1.0) -> Floats:
    """How much is looked at the entry at each rank of a list: r ** -`position_bias`."""
    attention: Floats = np.arange(1.0, places + 1.0) ** -position_bias
    return attention


def taken_by_rank(entries: Integers, allowed: Flags, uniform: Floats, position_bias: float) -> Integers:
    """The entry that each link takes from its list; -1 where there is none to take.

    `entries` and `allowed` are (links, k). The entry at rank r is taken with a chance in proportion to
    `attention_by_rank` among the allowed ones, decided by one `uniform` number a link.
    """
    attention = attention_by_rank(entries.shape[1], position_bias)
    bounds = np.cumsum(np.where(allowed, attention, 0.0), axis=1)
    total = bounds[:, -1]
    # The largest uniform could round up to the total, which no entry exceeds.
    target = np.minimum(uniform * total, np.nextafter(total, 0.0))
    place = np.minimum((bounds <= target[:, None]).sum(axis=1), entries.shape[1] - 1)
    return np.where(total > 0.0, entries[np.arange(len(entries)), place], -1)


def follow_lists(
    settings: SimulationSettings, contents: Contents, plan: LinkPlan, creators: Creators, products: Products
) -> tuple[LinkPlan, Impressions]:
    """The plan in which `listed_share` of the latest links go to an entry of the week's list, by 1 / rank.

    What later links repeat of them follows; the lists know of it when they are made.
    """
    rng = generator(settings.seed, Concern.LISTS)
    creator, day = contents.creator[plan.content], np.floor(contents.posted[plan.content]).astype(np.int64)
    follows, luck = rng.random(len(day)) < settings.listed_share, rng.random(len(day))
    plan = replace(plan, parent=plan.parent.copy(), choice=plan.choice.copy())
    shown = []
    for begin in range(max(settings.days - settings.listed_days, 0), settings.days, WEEK_DAYS):
        product, before = product_of_links(plan), day < begin
        allowed = linkable(creators, products, begin) & (creators.joined_day < begin)[:, None]
        allowed[creator[before], product[before]] = False
        of_late = product[before & (day >= begin - _RECENT_DAYS)]
        promoted = np.bincount(of_late, minlength=len(products.price))
        worth = np.log1p(promoted) + np.log(products.price * products.commission_rate)
        lists, propensity = draw_lists(rng, _SHARPNESS * worth, allowed)
        shown.append(Impressions.of_lists(begin, lists, propensity))
        now = np.flatnonzero(follows & (day >= begin) & (day < begin + WEEK_DAYS))
        entries = lists[creator[now]]
        taken = taken_by_rank(entries, entries >= 0, luck[now], position_bias=1.0)
        now, taken = now[taken >= 0], taken[taken >= 0]
        plan.parent[now], plan.choice[now] = now, taken
    return plan, Impressions.stacked(shown)


def draw_lists(rng: np.random.Generator, utility: Floats, allowed: Flags) -> tuple[Integers, Floats]:
    """(creators, `K`) products, -1 where too few are allowed, and the chance that each place had.

    The explored places are drawn first, evenly; the others from the rest, in proportion to exp(`utility`).
    """
    explored, chance = _even(rng, allowed)
    lists, propensity = np.full((len(allowed), K), -1), np.ones((len(allowed), K))
    lists[:, EXPLORED], propensity[:, EXPLORED] = explored, chance
    left = allowed.copy()
    rows, places = np.nonzero(explored >= 0)
    left[rows, explored[rows, places]] = False
    others = [place for place in range(K) if place not in EXPLORED]
    lists[:, others], propensity[:, others] = _by_weight(rng, utility, left, len(others))
    return lists, propensity


def _even(rng: np.random.Generator, allowed: Flags) -> tuple[Integers, Floats]:
    keys = np.where(allowed, rng.random(allowed.shape), -1.0)
    n = len(EXPLORED)
    drawn = np.argsort(-keys, axis=1, kind="stable")[:, :n]
    drawn = np.pad(drawn, ((0, 0), (0, n - drawn.shape[1])))
    left = allowed.sum(axis=1)[:, None] - np.arange(n)
    return np.where(left > 0, drawn, -1), 1.0 / np.maximum(left, 1)


def _by_weight(rng: np.random.Generator, utility: Floats, allowed: Flags, n: int) -> tuple[Integers, Floats]:
    keys = np.where(allowed, utility + rng.gumbel(size=allowed.shape), -np.inf)
    drawn = np.argsort(-keys, axis=1, kind="stable")[:, :n]
    drawn = np.pad(drawn, ((0, 0), (0, n - drawn.shape[1])))
    there = allowed.sum(axis=1)[:, None] > np.arange(n)
    weight = np.where(allowed, np.exp(utility - utility.max()), 0.0)
    taken = np.where(there, np.take_along_axis(weight, drawn, axis=1), 0.0)
    left = weight.sum(axis=1, keepdims=True) - np.cumsum(taken, axis=1) + taken
    chance = np.divide(taken, left, out=np.ones_like(taken), where=there & (left > taken))
    return np.where(there, drawn, -1), np.clip(chance, 1e-12, 1.0)
