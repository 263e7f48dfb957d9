"""What brands' lists of creators have of their own: new shoppers, and a mix of tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from features.attributes import FOLLOWER_TIERS
from recsys.arrays import Bool, Float64, Int32
from recsys.plan.overlap import coverage_of
from serving.brand_market import BrandMarket
from serving.loaded import LoadedRelease
from serving.matches import Match
from serving.valid import InvalidValueError, nearest_of

TIERS: Final = tuple(name for _, name in FOLLOWER_TIERS)


def new_shoppers(release: LoadedRelease, product: int, creators: Int32, units: Float64) -> Float64:
    """How many shoppers who never bought from a product's brand pairs are expected to bring, each alone, of
    which so many units are expected.
    """
    market = BrandMarket.of(release, release.products.brand.require(product))
    shoppers = market.data.shoppers
    buyers = units / shoppers.units_each
    coverage = coverage_of(shoppers, creators, buyers, np.ones(len(creators)), market.strangers)
    return coverage.gains(coverage.untouched())


def with_new_shoppers(release: LoadedRelease, product: int, matches: Sequence[Match]) -> tuple[Match, ...]:
    """Matches of a product's brand with the new shoppers that each is expected to bring."""
    creators = np.array([release.creator_index(match.creator_id) for match in matches], dtype=np.int32)
    units = np.array([match.expected_units or 0.0 for match in matches], dtype=np.float64)
    found = new_shoppers(release, product, creators, units).tolist()
    return tuple(
        replace(match, expected_new_shoppers=count) for match, count in zip(matches, found, strict=True)
    )


def working_with(release: LoadedRelease, product: int) -> Bool:
    """Which creators promote anything of the product's brand."""
    products = release.products_of_brand(release.products.brand.require(product))
    mask = np.zeros(len(release.creators.is_active), dtype=np.bool_)
    mask[release.promoted_by_product[:, products].tocoo().row] = True
    return mask


def split_by_tier(release: LoadedRelease, creators: Int32) -> dict[str, int]:
    """How many of some creators, by index, are of each tier, smallest tier first."""
    found = np.bincount(release.creators.tier.codes[creators], minlength=len(TIERS))
    return {tier: count for tier, count in zip(TIERS, found.tolist(), strict=True) if count}


def mixed(tiers: Int32, k: int, least: Mapping[str, int]) -> Int32:
    """Which k places of a ranked list to take so that at least so many of each tier are among them, in order.

    `tiers` are codes of `TIERS`, best first. Where a tier has too few, there are no more.
    """
    taken = np.zeros(len(tiers), dtype=np.bool_)
    for name, count in least.items():
        taken[np.flatnonzero(tiers == TIERS.index(name))[:count]] = True
    taken[np.flatnonzero(~taken)[: max(k - int(taken.sum()), 0)]] = True
    return np.flatnonzero(taken).astype(np.int32)


def read_mix(text: str, k: int, skip: int = 0) -> dict[str, int]:
    """A mix as people write it, `nano:5,micro:3` or with `=`.

    Raises `InvalidValueError` where it cannot be meant.
    """
    mix: dict[str, int] = {}
    for part in text.split(","):
        name, _, count = part.strip().replace("=", ":").partition(":")
        if name not in TIERS:
            raise InvalidValueError("tiers", part, f"names no tier; {nearest_of(name, TIERS)}")
        if not count.isdecimal():
            raise InvalidValueError("tiers", part, "says no number; write it like 'nano:5,micro:3'")
        mix[name] = int(count)
    if sum(mix.values()) > k:
        raise InvalidValueError("tiers", text, f"asks for more than the {k} of the list; raise k")
    if skip:
        raise InvalidValueError("skip", skip, "does not go with tiers: a mix is of a whole list; raise k")
    return mix
