"""Which past promotions to learn from: windows of time, features of before and outcomes of after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.build import FeatureSet, build_features
from features.decay import microseconds
from features.exposure import first_shown, shown_pairs
from features.facts import Facts
from features.labels import Outcomes, promoting_creators, read_outcomes, sold_by_age
from features.settings import MarketplaceSettings
from features.snapshot import Snapshot
from recsys.arrays import CSR, Bool, Float64

WINDOWS = 4
WINDOW_DAYS = 7.0
# For so long a list may still be what a promotion followed.
LIST_DAYS = 7.0
# In so many of the latest weeks it is looked at what followed lists, though horizons are not over.
OPEN = 2
# Of a horizon, by each of which it is counted what promotions have sold.
PARTS = 28


@dataclass(frozen=True, slots=True)
class Window:
    """Features as of the begin of a window, and the promotions that began within it.

    Where a market reports engagement, a promotion is seen from its first row on, whether it sells or not
    (`promotions_are_seen`). Where it does not, only what sold is seen. `listed` (creators × products) holds
    the pairs that were on a list in the window or the `LIST_DAYS` before, `promoting` says by creator who
    began any promotion in the horizon from the begin. Where horizons are open, `share` says how much of what
    they sell in one such promotions have sold by now, and who promotes is not known yet; where all are over
    `share` is None.
    """

    features: FeatureSet
    outcomes: Outcomes
    promotions_are_seen: bool
    listed: CSR
    promoting: Bool | None
    share: Float64 | None = None

    @property
    def begin(self) -> int:
        """When it began, in microseconds of UTC."""
        return self.features.context.as_of

    @property
    def over_by(self) -> int:
        """When the horizons of all its promotions were over, so that what came of them could be known."""
        horizon = self.features.context.horizon
        return self.begin + horizon + (microseconds(WINDOW_DAYS) if self.promotions_are_seen else 0)

    def has_history(self) -> bool:
        """Was anything known as of the begin."""
        return self.features.affinity.values.nnz > 0

    def with_weights(self, weights: Mapping[str, float]) -> "Window":
        """The same with the channels weighed otherwise."""
        return replace(self, features=self.features.with_weights(weights))


def promotions_are_seen(known: Snapshot) -> bool:
    """Does a promotion show before it sells: by views, or as a row of engagement where nothing was sold."""
    sold = f"(SELECT DISTINCT creator_index, product_index, TRUE AS is_sold FROM {known.sales}) AS sold"
    shown = f"{known.engagement} LEFT JOIN {sold} USING (creator_index, product_index)"
    return known.engine.count(f"SELECT COUNT(*) FROM {shown} WHERE views > 0 OR is_sold IS NULL") > 0


def window_begins(facts: Facts, settings: MarketplaceSettings, until: int) -> list[int]:
    """Begins of the windows to learn from, latest first.

    The horizons of their promotions are over by `until`, and those of the last two by the begin of the latest
    of these, so that they can be learned from where that one is to be foretold. Where lists were shown of
    late, the latest weeks come before, though horizons are open: their promotions may have followed lists.
    """
    seen = promotions_are_seen(facts.at(until))
    horizon, width = microseconds(settings.horizon_days), _width(settings, seen=seen)
    known_after = horizon + (width if seen else 0)
    earlier = -(-known_after // width)
    places = sorted({*range(WINDOWS), earlier, earlier + 1})
    over = [until - known_after - width * place for place in places]
    if not seen:
        return over
    latest = [until - width * week for week in range(1, 1 + min(OPEN, -(-horizon // width)))]
    return [begin for begin in latest if _first_listed(facts.at(until), begin, width) is not None] + over


def read_windows(
    facts: Facts, settings: MarketplaceSettings, begins: Sequence[int], as_of: int
) -> Iterator[Window]:
    """Windows with these begins, with what is known as of `as_of` of their promotions.

    Each is read when it is asked for and not held here. Windows before all history are left out, and
    where views are reported also those by whose begin no content had been out for a horizon, so that nobody's
    reach was known.
    """
    now = facts.at(as_of)
    seen = promotions_are_seen(now)
    horizon, width = microseconds(settings.horizon_days), _width(settings, seen=seen)

    def is_open(begin: int) -> bool:
        return seen and begin + width + horizon > as_of

    def is_known(begin: int) -> bool:
        return not seen or promotions_are_seen(facts.at(begin - horizon))

    sold = _sold_by_age(now, horizon) if any(map(is_open, begins)) else None

    def read(begin: int) -> Window:
        features = build_features(facts.at(begin), settings)
        listed = shown_pairs(now, begin - microseconds(LIST_DAYS), begin + width)
        if sold is None or not is_open(begin):
            outcomes = read_outcomes(now, begin, begin + width, horizon, None if seen else begin + horizon)
            return Window(features, outcomes, seen, listed, promoting_creators(now, begin, begin + horizon))
        # What was promoted before any list was shown followed none; what is over is in another window.
        start = max(begin, _first_listed(now, begin, width) or begin, as_of - horizon)
        outcomes = read_outcomes(now, start, begin + width, horizon)
        share = np.interp((as_of - outcomes.started_at) / horizon, np.linspace(0.0, 1.0, len(sold)), sold)
        return Window(features, outcomes, seen, listed, None, share)

    # Not a loop: its variable would hold one window while the next is read.
    return filter(Window.has_history, map(read, filter(is_known, begins)))


def _first_listed(now: Snapshot, begin: int, width: int) -> int | None:
    return first_shown(now, begin - microseconds(LIST_DAYS), begin + width)


def _sold_by_age(now: Snapshot, horizon: int) -> Float64:
    """The share that promotions have sold by each of `PARTS` of their horizon, by those that are over."""
    over = now.instant - horizon
    sold = sold_by_age(now, over - WINDOWS * microseconds(WINDOW_DAYS), over, horizon, PARTS)
    return sold / sold[-1] if sold[-1] else np.linspace(0.0, 1.0, len(sold))


def _width(settings: MarketplaceSettings, *, seen: bool) -> int:
    """Unseen promotions are judged as if all began with the window, which then is the horizon itself."""
    return microseconds(WINDOW_DAYS if seen else settings.horizon_days)
