"""What can be chosen about a simulated marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_AT_LEAST_ONE = ("creators", "products", "days", "latent_dimensions", "listed_days")
_SHARES = (
    "cold_share",
    "newcomer_share",
    "live_share",
    "repeat_share",
    "trend_share",
    "late_share",
    "replay_share",
    "whale_share",
    "listed_share",
)
_NOT_NEGATIVE = (
    "seed",
    "posts_per_week",
    "taste_strength",
    "insight",
    "exposure_strength",
    "chart_strength",
    "refund_scale",
    "trend_scale",
    "product_spread",
    "creator_spread",
    "follower_growth",
    "shock",
    "shock_day",
)


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """Size, dates and character of a marketplace; equal settings give equal bytes.

    `start` is the first day; the export is known as of `start` + `days` at 00:00 UTC. Every `*_share` lies
    in [0, 1]. What stands behind `replay_share` makes other worlds of the same marketplace
    (`training.simulation.worlds`); as it is given here, it changes nothing.
    """

    creators: int = 1_000
    products: int = 300
    days: int = 90
    seed: int = 7
    start: date = date(2026, 1, 1)
    latent_dimensions: int = 8
    """Length of the taste and product vectors."""
    cold_share: float = 0.16
    """Creators who never post, whatever their age; recent joiners without a post come on top."""
    newcomer_share: float = 0.6
    """Creators who join within the window, at an even pace."""
    posts_per_week: float = 2.4
    """Mean content of a posting creator."""
    live_share: float = 0.12
    """Content that is a live stream instead of a video."""
    repeat_share: float = 0.35
    """Product links that repeat one of the creator's earlier links."""
    taste_strength: float = 4.5
    """Weight of taste when a creator picks a product; 0 leaves popularity alone."""
    trend_share: float = 0.35
    """Products with a trend that rises and fades."""
    refund_scale: float = 1.0
    """Multiplies every product's refund rate."""
    late_share: float = 0.04
    """Rows whose final state is reported days after the event."""
    replay_share: float = 0.015
    """Sales and engagement rows that are delivered twice."""
    taste_share: float | None = None
    """Taste's share of the variance of log sales between pairs, in (0, 1); None: the formula's own rates."""
    own_taste: float = 0.0
    """What of taste's variance is each pair's own, in [0, 1): no vector tells it."""
    insight: float = 0.0
    """Weight of the pair's own taste when a creator picks a product, against that of the vectors' taste."""
    exposure_strength: float = 1.0
    """Multiplies the weight with which creators come across products whatever their taste."""
    chart_strength: float = 0.0
    """Weight of what shoppers want of late when a creator picks a product."""
    trend_scale: float = 1.0
    """Multiplies how high trends rise."""
    product_spread: float = 1.0
    """Multiplies the spread of products' log appeal and log conversion."""
    creator_spread: float = 1.0
    """Multiplies the spread of creators' log reach."""
    whale_share: float = 0.0
    """Creators who reach `training.simulation.creators.WHALE` times as many people."""
    saturation: float | None = None
    """Share of creators whose promotions of late halve what one more sells; None: shoppers have no end."""
    uniform_catalog: bool = False
    """All products in one category at one price and one commission rate."""
    reports_views: bool = True
    """False: views, likes, comments and shares are reported as 0."""
    reports_clicks: bool = True
    """False: clicks and carts are reported as 0."""
    follower_growth: float = 0.0
    """Share of the first followers that a content of average luck wins; followers then have weekly states."""
    shock: float = 1.0
    """Factor on the conversion of everything from `shock_day` on."""
    shock_day: int = 0
    listed_share: float = 0.0
    """Links of the last `listed_days` that follow a logged list (`training.simulation.lists`)."""
    listed_days: int = 28

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        for name in _SHARES:
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {value}")
        for name in _NOT_NEGATIVE:
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"{name} must be finite and not negative, got {value}")
        if self.taste_share is not None and not 0.0 < self.taste_share < 1.0:
            raise ValueError(f"taste_share must lie in (0, 1), got {self.taste_share}")
        if not 0.0 <= self.own_taste < 1.0:
            raise ValueError(f"own_taste must lie in [0, 1), got {self.own_taste}")
        if self.saturation is not None and not self.saturation > 0.0:
            raise ValueError(f"saturation must be more than 0, got {self.saturation}")
