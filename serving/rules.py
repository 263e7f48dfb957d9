"""What is allowed at all, as data: each rule says of creator–product pairs whether it lets them be matched.

Filters (`serving.filters`) are what the caller wants to see; they also say which of the rules that may be
waived or asked for apply.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from features.allowed import sold_in
from recsys.arrays import Bool, Int32
from serving.loaded import LoadedRelease

# Creators and products by index in, allowed pairs out: of a shape that spreads to creators × products.
Check: TypeAlias = Callable[[LoadedRelease, Int32, Int32], Bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition that a pair must meet; `description` states what holds of an allowed pair."""

    name: str
    description: str
    allows: Check


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says of one pair."""

    rule: str
    description: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether a product may be recommended to a creator, and what each rule in force says of it."""

    creator_id: str
    product_id: str
    allowed: bool
    rulings: tuple[Ruling, ...]


def allowed_pairs(release: LoadedRelease, rules: Sequence[Rule], creators: Int32, products: Int32) -> Bool:
    """The pairs that every rule allows: len(creators) × len(products)."""
    allowed = np.ones((len(creators), len(products)), dtype=np.bool_)
    for rule in rules:
        allowed &= rule.allows(release, creators, products)
    return allowed


def eligibility(release: LoadedRelease, rules: Sequence[Rule], creator: int, product: int) -> Eligibility:
    """What each of some rules says of one pair."""
    pair = np.array([creator], dtype=np.int32), np.array([product], dtype=np.int32)
    rulings = tuple(
        Ruling(rule.name, rule.description, bool(rule.allows(release, *pair).all())) for rule in rules
    )
    return Eligibility(
        release.creator_id(creator),
        release.product_id(product),
        all(ruling.allowed for ruling in rulings),
        rulings,
    )


def _product_active(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    return release.products.is_active[np.newaxis, products]


def _listed(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    listed: Bool = release.products.listed_at[np.newaxis, products] <= release.as_of_us
    return listed


def _enough_followers(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    followers = release.creators.follower_count[creators, np.newaxis]
    enough: Bool = followers >= release.products.min_followers[np.newaxis, products]
    return enough


def _sold_in_region(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    regions, markets = release.creators.region, release.products.regions
    sold = sold_in(regions.values, markets.values)
    pairs: Bool = sold[regions.codes[creators, np.newaxis], markets.codes[np.newaxis, products]]
    return pairs


def _creator_active(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    return release.creators.is_active[creators, np.newaxis]


def _in_stock(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    in_stock: Bool = release.products.stock[np.newaxis, products] > 0
    return in_stock


def _place_left(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    if release.places is None:
        return np.ones((1, 1), dtype=np.bool_)
    # Who promotes it already takes no place.
    return release.places.open(creators, products) | release.promoted(creators, products)


def _not_promoted(release: LoadedRelease, creators: Int32, products: Int32) -> Bool:
    return ~release.promoted(creators, products)


# In force whoever asks.
ALWAYS = (
    Rule("product_active", "the product is on sale", _product_active),
    Rule("listed", "the product was listed by the time the release is of", _listed),
    Rule("follower_minimum", "the creator has the followers that the product asks for", _enough_followers),
    Rule("region", "the product is sold in the creator's region, where that is known", _sold_in_region),
)
# In force where a brand asks: a creator who has left may still look at a list of its own.
CREATOR_ACTIVE = Rule("creator_active", "the creator is active", _creator_active)
# In force unless the caller waives it.
NOT_PROMOTED = Rule("not_promoted", "the creator does not promote the product yet", _not_promoted)
# In force unless a creator waives it; brands know their own stock.
IN_STOCK = Rule("in_stock", "the product is in stock", _in_stock)
# In force with it where lists are to be right together.
PLACE_LEFT = Rule(
    "place_left", "the product's stock is not all for creators who would gain more by it", _place_left
)
