"""The creators: who they are, what they like, how many people they reach and when they post."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.simulation.arrays import Flags, Floats, Integers
from training.simulation.randomness import Concern, generator, spread
from training.simulation.settings import SimulationSettings
from training.simulation.taxonomy import (
    HOME_LANGUAGE,
    LANGUAGES,
    LEAVES,
    REGION_SHARE,
    REGIONS,
    Taxonomy,
    unit_rows,
)

_MAX_SPECIALITIES = 3
_MAX_FOLLOWERS = 30_000_000.0
WHALE = 40.0
"""How many times as many people a whale reaches; its followers are as many times more."""


@dataclass(frozen=True, slots=True, eq=False)
class Creators:
    """One entry a creator; days count from the window's start."""

    taste: Floats
    """(creators, d), unit rows."""
    followers: Integers
    reach: Floats
    """Expected views over the life of one video."""
    region: Integers
    language: Integers
    region_known: Flags
    language_known: Flags
    joined_day: Floats
    """Negative for those who joined before the window."""
    first_day: Floats
    last_day: Floats
    """Posts fall in [first_day, last_day)."""
    posts_per_day: Floats
    """0 for a cold creator."""
    is_active: Flags
    """Still there at the end of the window."""

    def active_on(self, day: int) -> Flags:
        """Who has not left by the beginning of a day."""
        return self.is_active | (self.last_day > day)


def draw_creators(rng: np.random.Generator, settings: SimulationSettings, taxonomy: Taxonomy) -> Creators:
    """Draws all creators, and makes some of them whales."""
    creators = _draw_ordinary(rng, settings, taxonomy)
    if settings.whale_share == 0.0:
        return creators
    drawn = generator(settings.seed, Concern.WHALES).random(settings.creators)
    times = np.where(drawn < settings.whale_share, WHALE, 1.0)
    followers = np.minimum(creators.followers * times, _MAX_FOLLOWERS).astype(np.int64)
    return replace(creators, followers=followers, reach=creators.reach * times)


def _draw_ordinary(rng: np.random.Generator, settings: SimulationSettings, taxonomy: Taxonomy) -> Creators:
    n, days = settings.creators, float(settings.days)
    region = rng.choice(len(REGIONS), size=n, p=REGION_SHARE).astype(np.int64)
    language = _languages(rng, region)
    newcomer = rng.random(n) < settings.newcomer_share
    joined = np.where(newcomer, rng.uniform(0.0, days, n), -rng.exponential(400.0, n))
    followers = _followers(rng, newcomer)
    cold = rng.random(n) < settings.cold_share
    churned = rng.random(n) < 0.04
    first = np.maximum(joined, 0.0)
    pace = rng.lognormal(-0.32, 0.8, n) * settings.posts_per_week / 7.0
    return Creators(
        taste=_tastes(rng, region, language, taxonomy),
        followers=followers,
        reach=spread(9.0 * followers**0.6 * rng.lognormal(-0.08, 0.4, n), settings.creator_spread),
        region=region,
        language=language,
        region_known=rng.random(n) >= 0.03,
        language_known=rng.random(n) >= 0.03,
        joined_day=joined,
        first_day=first,
        last_day=np.where(churned, first + rng.random(n) * (days - first), days),
        posts_per_day=np.where(cold, 0.0, pace),
        is_active=~churned,
    )


def _languages(rng: np.random.Generator, region: Integers) -> Integers:
    home = np.asarray(HOME_LANGUAGE, dtype=np.int64)[region]
    moved = rng.random(len(region)) < 0.12
    return np.where(moved, rng.integers(0, len(LANGUAGES), len(region)), home)


def _followers(rng: np.random.Generator, newcomer: Flags) -> Integers:
    n = len(newcomer)
    body = rng.lognormal(np.where(newcomer, np.log(1_500.0), np.log(4_000.0)), 1.1)
    tail = 20_000.0 * (1.0 + rng.pareto(1.1, n))
    star = rng.random(n) < np.where(newcomer, 0.02, 0.07)
    return np.minimum(np.where(star, tail, body) + 20.0, _MAX_FOLLOWERS).astype(np.int64)


def _tastes(rng: np.random.Generator, region: Integers, language: Integers, taxonomy: Taxonomy) -> Floats:
    """One to three specialities a creator, bent by region, language and character."""
    n = len(region)
    # Gumbel top-k: the first k columns are k distinct leaves drawn by the region's shares.
    keys = np.log(taxonomy.region_leaf_share[region] + 1e-9) + rng.gumbel(size=(n, len(LEAVES)))
    leaves = np.argsort(-keys, axis=1)[:, :_MAX_SPECIALITIES]
    count = rng.choice(_MAX_SPECIALITIES, size=n, p=(0.45, 0.35, 0.20)) + 1
    weight = rng.uniform(0.4, 1.0, (n, _MAX_SPECIALITIES))
    weight[np.arange(_MAX_SPECIALITIES)[None, :] >= count[:, None]] = 0.0
    weight /= weight.sum(axis=1, keepdims=True)
    specialities = unit_rows(np.einsum("nk,nkd->nd", weight, taxonomy.leaf_centre[leaves]))
    character = unit_rows(rng.standard_normal(specialities.shape))
    return unit_rows(
        specialities
        + 0.40 * taxonomy.region_centre[region]
        + 0.20 * taxonomy.language_centre[language]
        + 0.45 * character
    )
