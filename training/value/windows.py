"""Which past promotions to learn from: windows of time, features of before and outcomes of after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from features.build import FeatureSet, build_features
from features.decay import microseconds
from features.exposure import shown_pairs
from features.facts import Facts
from features.labels import Outcomes, promoting_creators, read_outcomes
from features.settings import MarketplaceSettings
from features.snapshot import Snapshot
from recsys.arrays import CSR, Bool

WINDOWS = 4
WINDOW_DAYS = 7.0
# For so long a list may still be what a promotion followed.
LIST_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Window:
    """Features as of the begin of a window, and the promotions that began within it.

    Where a market reports engagement, a promotion is seen from its first row on, whether it sells or not
    (`promotions_are_seen`). Where it does not, only what sold is seen. `listed` (creators × products) holds
    the pairs that were on a list in the window or the `LIST_DAYS` before, `promoting` says by creator who
    began any promotion in the horizon from the begin.
    """

    features: FeatureSet
    outcomes: Outcomes
    promotions_are_seen: bool
    listed: CSR
    promoting: Bool

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
    """Begins of the windows to learn from, latest first: their promotions' horizons are over by `until`.

    Those of the last two are over by the begin of the latest, so that they can be learned from where that
    one is to be foretold.
    """
    seen = promotions_are_seen(facts.at(until))
    horizon, width = microseconds(settings.horizon_days), _width(settings, seen=seen)
    known_after = horizon + (width if seen else 0)
    earlier = -(-known_after // width)
    places = sorted({*range(WINDOWS), earlier, earlier + 1})
    return [until - known_after - width * place for place in places]


def read_windows(
    facts: Facts, settings: MarketplaceSettings, begins: Sequence[int], as_of: int
) -> Iterator[Window]:
    """Windows with these begins, with what is known as of `as_of` of their promotions.

    Each is read when it is asked for and not held here. Windows before all history are left out, and
    where views are reported also those by whose begin no content had been out for a horizon, so that nobody's
    reach was known.
    """
    seen = promotions_are_seen(facts.at(as_of))
    horizon, width = microseconds(settings.horizon_days), _width(settings, seen=seen)

    def is_known(begin: int) -> bool:
        return not seen or promotions_are_seen(facts.at(begin - horizon))

    def read(begin: int) -> Window:
        until = None if seen else begin + horizon
        outcomes = read_outcomes(facts.at(as_of), begin, begin + width, horizon, until)
        listed = shown_pairs(facts.at(as_of), begin - microseconds(LIST_DAYS), begin + width)
        promoting = promoting_creators(facts.at(as_of), begin, begin + horizon)
        return Window(build_features(facts.at(begin), settings), outcomes, seen, listed, promoting)

    # Not a loop: its variable would hold one window while the next is read.
    return filter(Window.has_history, map(read, filter(is_known, begins)))


def _width(settings: MarketplaceSettings, *, seen: bool) -> int:
    """Unseen promotions are judged as if all began with the window, which then is the horizon itself."""
    return microseconds(WINDOW_DAYS if seen else settings.horizon_days)
