"""Which past promotions to learn from: windows of time, features of before and outcomes of after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from features.build import FeatureSet, build_features
from features.engine import Engine
from features.outcomes import Outcomes, read_outcomes
from features.settings import MarketplaceSettings
from recsys.split import DAY_US

WINDOWS = 4
WINDOW_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Window:
    """Features as of the begin of a window, and the promotions that began within it.

    Where a market reports engagement, a promotion is seen from its first view on, whether it sells or not
    (`promotions_are_seen`). Where it does not, only what sold is seen.
    """

    features: FeatureSet
    outcomes: Outcomes
    promotions_are_seen: bool

    def with_weights(self, weights: Mapping[str, float]) -> "Window":
        """The same with the channels weighed otherwise."""
        return replace(self, features=self.features.with_weights(weights))


def promotions_are_seen(engine: Engine) -> bool:
    """Does the export report views, by which a promotion shows before it sells."""
    return engine.count("SELECT COUNT(*) FROM valid_engagement WHERE views > 0") > 0


def window_begins(engine: Engine, settings: MarketplaceSettings, until: int) -> list[int]:
    """Begins of the windows to learn from, latest first: their promotions' horizons are over by `until`."""
    horizon, width = round(settings.horizon_days * DAY_US), _width(engine, settings)
    latest = until - horizon - (width if promotions_are_seen(engine) else 0)
    return [latest - width * place for place in range(WINDOWS)]


def read_windows(
    engine: Engine, settings: MarketplaceSettings, begins: Sequence[int], as_of: int
) -> tuple[FeatureSet, list[Window]]:
    """Features as of `as_of`, and windows with these begins, with what is known then of their promotions.

    Windows before all history are left out.
    """
    seen, width = promotions_are_seen(engine), _width(engine, settings)
    horizon = round(settings.horizon_days * DAY_US)
    known = [build_features(engine, settings, begin) for begin in begins]
    now = build_features(engine, settings, as_of)
    windows = [
        Window(
            features,
            read_outcomes(engine, begin, begin + width, horizon, None if seen else begin + horizon),
            seen,
        )
        for begin, features in zip(begins, known, strict=True)
        if features.affinity.values.nnz
    ]
    return now, windows


def _width(engine: Engine, settings: MarketplaceSettings) -> int:
    """Unseen promotions are judged as if all began with the window, which then is the horizon itself."""
    return round((WINDOW_DAYS if promotions_are_seen(engine) else settings.horizon_days) * DAY_US)
