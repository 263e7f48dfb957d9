"""The category tree, the regions and languages, and where each lies in taste space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Integers

TREE: dict[str, tuple[str, ...]] = {
    "Beauty": ("Skin care", "Make-up", "Hair care", "Fragrance"),
    "Fashion": ("Dresses", "Sneakers", "Bags", "Jewellery"),
    "Home": ("Kitchen", "Decor", "Storage", "Bedding"),
    "Electronics": ("Audio", "Phone accessories", "Smart home"),
    "Sports": ("Fitness", "Outdoor", "Yoga"),
    "Food": ("Snacks", "Coffee", "Supplements"),
    "Toys": ("Crafts", "Puzzles", "Baby"),
    "Pets": ("Dogs", "Cats", "Aquariums"),
}
TOPS: tuple[str, ...] = tuple(TREE)
LEAVES: tuple[str, ...] = tuple(f"{top}/{leaf}" for top, leaves in TREE.items() for leaf in leaves)
LEAF_TOP: tuple[int, ...] = tuple(t for t, leaves in enumerate(TREE.values()) for _ in leaves)
REFUND_BY_TOP: tuple[float, ...] = (0.04, 0.13, 0.06, 0.08, 0.07, 0.02, 0.04, 0.03)
MEDIAN_PRICE_BY_TOP: tuple[float, ...] = (22.0, 38.0, 29.0, 45.0, 34.0, 15.0, 19.0, 21.0)

REGIONS: tuple[str, ...] = ("US", "GB", "DE", "FR", "ES", "MX", "BR", "JP")
REGION_SHARE: tuple[float, ...] = (0.34, 0.14, 0.11, 0.09, 0.08, 0.09, 0.09, 0.06)
LANGUAGES: tuple[str, ...] = ("en", "de", "fr", "es", "pt", "ja")
HOME_LANGUAGE: tuple[int, ...] = (0, 0, 1, 2, 3, 3, 4, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Taxonomy:
    """Positions in a taste space of `d` dimensions."""

    leaf_centre: Floats
    """(leaves, d), unit rows; leaves of one top category lie close together."""
    region_centre: Floats
    """(regions, d), unit rows."""
    language_centre: Floats
    """(languages, d), unit rows."""
    region_leaf_share: Floats
    """(regions, leaves), rows sum to 1: what creators of a region specialise in."""
    leaf_share: Floats
    """(leaves,), sums to 1: how many products a leaf has."""


def unit_rows(matrix: Floats) -> Floats:
    """Every row of (n, d) scaled to length 1."""
    lengths: Floats = np.sqrt((matrix**2).sum(axis=1, keepdims=True))
    return matrix / np.maximum(lengths, 1e-12)


def leaf_tops() -> Integers:
    """(leaves,) the top category of every leaf."""
    return np.asarray(LEAF_TOP, dtype=np.int64)


def draw_taxonomy(rng: np.random.Generator, dimensions: int) -> Taxonomy:
    """Draws the positions and the regional habits."""
    tops = unit_rows(rng.standard_normal((len(TOPS), dimensions)))
    own = unit_rows(rng.standard_normal((len(LEAVES), dimensions)))
    leaf_centre = unit_rows(0.75 * tops[leaf_tops()] + 0.65 * own)
    # Few leaves dominate a region, so that a region tells something about a creator who has sold nothing yet.
    region_leaf_share = rng.dirichlet(np.full(len(LEAVES), 0.3), size=len(REGIONS))
    region_centre = unit_rows(region_leaf_share @ leaf_centre)
    return Taxonomy(
        leaf_centre=leaf_centre,
        region_centre=region_centre,
        language_centre=unit_rows(rng.standard_normal((len(LANGUAGES), dimensions))),
        region_leaf_share=region_leaf_share,
        leaf_share=rng.dirichlet(np.full(len(LEAVES), 4.0)),
    )
