"""What can be chosen about a simulated marketplace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """Size, dates and character of a marketplace; equal settings give equal bytes.

    `start` is the first day; the export is known as of `start` + `days` at 00:00 UTC. Every `*_share` lies
    in [0, 1].
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

    def __post_init__(self) -> None:
        for name in ("creators", "products", "days", "latent_dimensions"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        shares = ("cold_share", "newcomer_share", "live_share", "repeat_share", "trend_share", "late_share")
        for name in (*shares, "replay_share"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {value}")
        for name in ("seed", "posts_per_week", "taste_strength", "refund_scale"):
            value = getattr(self, name)
            if not 0 <= value < float("inf"):
                raise ValueError(f"{name} must be finite and not negative, got {value}")
