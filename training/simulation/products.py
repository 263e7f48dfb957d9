"""The products and their brands: category, price, commission, quality, and when they are on sale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.randomness import spread
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import (
    LEAVES,
    MEDIAN_PRICE_BY_TOP,
    REFUND_BY_TOP,
    TOPS,
    Taxonomy,
    leaf_tops,
    unit_rows,
)

NEVER = 1_000_000
"""A day that no simulation reaches: the closing day of a product that stays on sale."""
_PRODUCTS_PER_BRAND = 6
_UNIFORM_PRICE, _UNIFORM_RATE = 19.99, 0.12
_STYLES = ("Daily", "Classic", "Pro", "Mini", "Soft", "Bright", "Travel", "Premium", "Eco", "Studio")


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """One entry a product; days count from the window's start."""

    factor: Floats
    """(products, d), unit rows in the space of the creators' tastes."""
    brand: Integers
    leaf: Integers
    titles: tuple[str, ...]
    price: Floats
    commission_rate: Floats
    exposure: Floats
    """Log weight with which creators come across the product, whatever their taste."""
    appeal: Floats
    """Multiplies the click rate."""
    conversion: Floats
    """Multiplies the conversion: quality, and how the price compares within the category."""
    refund_rate: Floats
    stock: Integers
    """Units left at the end of the window; -1 is unlimited."""
    sample_quota: Integers
    min_followers: Integers
    listed_day: Integers
    closed_day: Integers
    """New content may link the product on days in [listed_day, closed_day)."""

    def active_on(self, day: int) -> Flags:
        """Which have not closed by the beginning of a day."""
        return np.asarray(self.closed_day > day, dtype=np.bool_)

    def on_sale(self, day: int) -> Flags:
        """Which new content may link on a day, followers aside."""
        return np.asarray((self.listed_day <= day) & (self.closed_day > day), dtype=np.bool_)


def draw_products(rng: np.random.Generator, settings: SimulationSettings, taxonomy: Taxonomy) -> Products:
    """Draws all products."""
    n = settings.products
    brand, leaf = _brands(rng, n, taxonomy)
    top = leaf_tops()[leaf]
    price_ratio = rng.lognormal(0.0, 0.5, n)
    price = np.asarray(MEDIAN_PRICE_BY_TOP)[top] * price_ratio
    quality = rng.standard_normal(n)
    listed, closed = _listing(rng, n, settings.days)
    refunds = np.asarray(REFUND_BY_TOP)[top] * rng.lognormal(0.0, 0.4, n) * settings.refund_scale
    own = unit_rows(rng.standard_normal((n, settings.latent_dimensions)))
    wide = settings.product_spread
    products = Products(
        factor=unit_rows(taxonomy.leaf_centre[leaf] + 0.55 * own),
        brand=brand,
        leaf=leaf,
        titles=_titles(rng, leaf),
        price=np.round(np.maximum(np.round(price), 2.0) - 0.01, 2),
        commission_rate=np.round(0.05 + 0.20 * rng.beta(1.8, 3.0, n), 2),
        exposure=0.55 * quality + 0.65 * rng.standard_normal(n),
        appeal=spread(np.exp(0.25 * quality + 0.2 * rng.standard_normal(n) - 0.05), wide),
        conversion=spread(np.exp(0.35 * quality - 0.06) * np.clip(price_ratio, 0.2, 5.0) ** -0.3, wide),
        refund_rate=np.clip(refunds, 0.0, 0.4),
        stock=_stock(rng, n),
        sample_quota=np.where(rng.random(n) < 0.55, rng.geometric(0.06, n), 0).astype(np.int64),
        min_followers=_min_followers(rng, n),
        listed_day=listed,
        closed_day=closed,
    )
    return _uniform(products) if settings.uniform_catalog else products


def _uniform(products: Products) -> Products:
    """The products under one category, price and rate; what shoppers make of them stays."""
    same = np.ones(len(products.price))
    return replace(
        products,
        leaf=np.zeros_like(products.leaf),
        titles=tuple(f"Product no. {number}" for number in range(len(same))),
        price=_UNIFORM_PRICE * same,
        commission_rate=_UNIFORM_RATE * same,
    )


def _brands(rng: np.random.Generator, n: int, taxonomy: Taxonomy) -> tuple[Integers, Integers]:
    """Brand and leaf of every product: a brand keeps to one top category."""
    brands = max(1, n // _PRODUCTS_PER_BRAND)
    leaf_top = leaf_tops()
    top_share = np.bincount(leaf_top, weights=taxonomy.leaf_share, minlength=len(TOPS))
    brand_top = rng.choice(len(TOPS), size=brands, p=top_share)
    size = rng.lognormal(0.0, 0.6, brands)
    brand = rng.choice(brands, size=n, p=size / size.sum()).astype(np.int64)
    within = (leaf_top[None, :] == brand_top[brand][:, None]) * taxonomy.leaf_share[None, :]
    bounds = np.cumsum(within, axis=1)
    drawn = rng.random(n)[:, None] * bounds[:, -1:]
    leaf = np.minimum((bounds <= drawn).sum(axis=1), len(LEAVES) - 1)
    return brand, leaf.astype(np.int64)


def _listing(rng: np.random.Generator, n: int, days: int) -> tuple[Integers, Integers]:
    before = -np.ceil(rng.exponential(200.0, n))
    listed = np.where(rng.random(n) < 0.72, before, np.floor(rng.random(n) * days))
    closes = rng.random(n) < 0.04
    closed = np.where(closes, np.maximum(listed, 0) + 1 + np.floor(rng.random(n) * days), NEVER)
    closed = np.where(closed < days, closed, NEVER)
    # One product is always there, so that every post finds something to link.
    listed[0], closed[0] = -30, NEVER
    return listed.astype(np.int64), closed.astype(np.int64)


def _stock(rng: np.random.Generator, n: int) -> Integers:
    limited, sold_out = rng.random(n) < 0.35, rng.random(n) < 0.05
    left = np.where(sold_out, 0.0, np.ceil(rng.lognormal(5.0, 1.2, n)))
    return np.where(limited, left, -1.0).astype(np.int64)


def _min_followers(rng: np.random.Generator, n: int) -> Integers:
    bars = rng.choice(np.asarray([1_000, 5_000, 10_000]), size=n, p=(0.6, 0.3, 0.1))
    chosen = np.where(rng.random(n) < 0.12, bars, 0).astype(np.int64)
    chosen[0] = 0
    return chosen


def _titles(rng: np.random.Generator, leaf: Integers) -> tuple[str, ...]:
    style = rng.integers(0, len(_STYLES), len(leaf)).tolist()
    return tuple(
        f"{_STYLES[s]} {LEAVES[category].partition('/')[2].lower()} no. {number}"
        for number, (s, category) in enumerate(zip(style, leaf.tolist(), strict=True))
    )
