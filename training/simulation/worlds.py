"""Worlds: settings of the one simulator under which a claim about the model has to hold.

Each differs from the default one in what its name says; `random_world` draws everything at once from
wide priors. Shares of taste are of the variance of log sales between pairs; in the default world taste
makes about four tenths of it, all of it told by vectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from training.simulation.randomness import Concern, generator
from training.simulation.settings import SimulationSettings

RANDOM: Final = "random"
_SIZE: Final = ("creators", "products", "days", "seed", "start", "listed_share", "listed_days")

WORLDS: Final[Mapping[str, SimulationSettings]] = MappingProxyType(
    {
        "default": SimulationSettings(),
        # Taste is most of it and half of that each pair's own, which creators know when they choose.
        "taste": SimulationSettings(taste_share=0.6, own_taste=0.5, insight=1.0, taste_strength=6.0),
        # Whoever promotes it, a good product sells.
        "sameness": SimulationSettings(taste_share=0.05, own_taste=0.2, product_spread=1.5),
        # One in twenty creators promotes it, and a product sells half as well.
        "crowded": SimulationSettings(saturation=0.05),
        "fads": SimulationSettings(trend_share=0.8, trend_scale=2.0),
        "returns": SimulationSettings(refund_scale=4.0),
        "whales": SimulationSettings(whale_share=0.01, creator_spread=1.4),
        # Five promotions a product, with as many creators to a product as in the benchmark's markets.
        "thin": SimulationSettings(posts_per_week=0.26),
        # Nobody knows what suits them.
        "aimless": SimulationSettings(taste_strength=0.0, exposure_strength=0.0, own_taste=0.3),
        "charts": SimulationSettings(taste_strength=1.0, chart_strength=2.0, exposure_strength=0.5),
        "unseen": SimulationSettings(reports_views=False),
        # One category, one price, one rate, no clicks: what a marketplace sends first.
        "bare": SimulationSettings(uniform_catalog=True, reports_clicks=False, own_taste=0.3, insight=0.5),
        "growing": SimulationSettings(follower_growth=0.06),
        "shock": SimulationSettings(shock=0.45, shock_day=74),
    }
)


def world_settings(name: str, size: SimulationSettings) -> SimulationSettings:
    """The world of that name, `RANDOM` among them, with the size, dates and seed of `size`.

    Raises `ValueError` for a name that is no world's.
    """
    if name == RANDOM:
        world = random_world(size.seed)
    elif name in WORLDS:
        world = WORLDS[name]
    else:
        raise ValueError(f"{name!r} is no world; choose one of {', '.join(WORLDS)} or {RANDOM}")
    return replace(world, **{field: getattr(size, field) for field in _SIZE})


def random_world(seed: int) -> SimulationSettings:
    """A world drawn from wide priors."""
    rng = generator(seed, Concern.WORLD)

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def times(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def sometimes(chance: float, value: float, otherwise: float) -> float:
        return value if rng.random() < chance else otherwise

    return SimulationSettings(
        taste_share=between(0.05, 0.6),
        own_taste=between(0.0, 0.6),
        insight=between(0.0, 1.0),
        taste_strength=between(0.0, 8.0),
        exposure_strength=between(0.0, 2.0),
        chart_strength=between(0.0, 1.5),
        product_spread=times(0.5, 2.0),
        creator_spread=times(0.6, 1.6),
        saturation=times(0.03, 0.5) if rng.random() < 0.6 else None,
        trend_share=between(0.0, 0.8),
        trend_scale=times(0.5, 2.0),
        refund_scale=between(0.0, 4.0),
        whale_share=sometimes(0.4, between(0.002, 0.02), 0.0),
        posts_per_week=times(0.3, 4.0),
        cold_share=between(0.05, 0.4),
        newcomer_share=between(0.1, 0.8),
        repeat_share=between(0.0, 0.6),
        follower_growth=sometimes(0.4, between(0.01, 0.1), 0.0),
        shock=sometimes(0.3, times(0.4, 2.0), 1.0),
        shock_day=int(rng.integers(50, 90)),
        uniform_catalog=bool(rng.random() < 0.15),
        reports_views=bool(rng.random() >= 0.15),
        reports_clicks=bool(rng.random() >= 0.15),
    )


def differences(settings: SimulationSettings) -> dict[str, object]:
    """What a world does not share with the default one, size and seed aside, by setting."""
    default = WORLDS["default"]
    return {
        field.name: getattr(settings, field.name)
        for field in fields(settings)
        if field.name not in _SIZE and getattr(settings, field.name) != getattr(default, field.name)
    }
