"""Reads an export once, and from it whatever a night needs: features at several instants and two tasks."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features.build import FeatureSet, build_features
from features.buyers import build_audience
from features.crowding import CrowdedDays, read_crowding
from features.decay import microseconds
from features.engagement import CHANNELS
from features.engine import open_engine
from features.facts import Facts, collapse
from features.intake import Validated, read_export
from features.labels import first_commission, first_sales
from features.open_log import open_log
from features.pairs import read_stored_totals
from features.samples import build_posting, read_applications
from features.settings import MarketplaceSettings
from features.shoppers import build_shoppers
from features.snapshot import Snapshot
from features.source import Export
from recsys.arrays import CSR
from recsys.audience import Audience
from recsys.campaign import CampaignData
from recsys.errors import DataError
from recsys.pair_totals import StoredTotals
from recsys.split import DAY_US, TemporalSplit, iso
from training.holdout import Holdout
from training.value.windows import Window, read_windows, window_begins


@dataclass(frozen=True, slots=True)
class NightInputs:
    """What a night reads of an export; each part is built when it is asked for, since each is large.

    Whoever asks holds it: let go of one before asking for the next.
    """

    validated: Validated
    settings: MarketplaceSettings
    split: TemporalSplit
    facts: Facts

    def validation(self) -> Holdout:
        """What to choose on: the horizon before the one that is judged."""
        earlier = TemporalSplit.before(self.split.cutoff, self.settings.horizon_days)
        return self._holdout(earlier.cutoff, earlier.as_of)

    def test(self) -> Holdout:
        """What to report on: the horizon before the night."""
        return self._holdout(self.split.cutoff, self.split.as_of)

    def test_commission(self) -> CSR:
        """What the pairs to be found on the test horizon earned: creators × products."""
        return first_commission(self.facts.at(self.split.cutoff), self.facts.at(self.split.as_of))

    def now(self) -> FeatureSet:
        """What to serve from."""
        return build_features(self.facts.at(self.split.as_of), self.settings)

    def windows(self) -> Iterator[Window]:
        """What to value by, the latest window first."""
        begins = window_begins(self.facts, self.settings, self.split.as_of)
        return read_windows(self.facts, self.settings, begins, self.split.as_of)

    def crowding(self) -> CrowdedDays:
        """What contents brought beside others who promote their product."""
        return read_crowding(self.facts.at(self.split.as_of))

    def test_crowding(self) -> CrowdedDays:
        """The same as it was known where the test horizon begins."""
        return read_crowding(self.facts.at(self.split.cutoff))

    def audience(self, products: pa.Table) -> Audience:
        """What the creators' buyers bought from others; `products` are those to serve from."""
        return build_audience(self.facts.at(self.split.as_of), products)

    def totals(self) -> StoredTotals:
        """What affinity is made of, for live events to be added to."""
        return read_stored_totals(self.facts.at(self.split.as_of), microseconds(self.settings.half_life_days))

    def campaign(self, products: pa.Table) -> tuple[CampaignData, pa.Table]:
        """What campaigns are planned by, and applications for samples; `products` are those to serve from."""
        now, horizon = self.facts.at(self.split.as_of), self.split.as_of - self.split.cutoff
        applications = read_applications(now)
        posting = build_posting(applications, products, now.shape[0], self.split.cutoff)
        return CampaignData(build_shoppers(now, products, horizon), posting), applications

    def rest(self) -> None:
        """Give back what queries keep in memory: all that a night reads was read."""
        self.facts.engine.rest()

    def _holdout(self, cutoff: int, end: int) -> Holdout:
        at_cutoff = self.facts.at(cutoff)
        features = build_features(at_cutoff, self.settings)
        relevant = first_sales(at_cutoff, self.facts.at(end))
        return Holdout.of(features, relevant, features.sold_units)


@contextmanager
def open_night(
    data: Export, home: Path, settings: MarketplaceSettings, as_of: int | None, events: str | None = None
) -> Iterator[NightInputs]:
    """Validate an export; the test horizon ends at `as_of`, the validation horizon where that one begins.

    Raises `DataError` for what is missing or beyond the allowed share of bad rows, after writing the
    quarantine and before anything else is touched.
    """
    with open_engine(home / "work") as engine:
        with closing(open_log(home, events)) as log:
            validated = read_export(engine, data, home, as_of, log)
        validated.report.require(settings.allowed_bad_share)
        split = TemporalSplit.before(validated.as_of, settings.horizon_days)
        facts = collapse(engine)
        _require_history(facts.at(split.cutoff), split)
        yield NightInputs(validated, settings, split, facts)


def _require_history(known: Snapshot, split: TemporalSplit) -> None:
    """Refuse a night whose cutoff lies before all history: there is nothing to learn from."""
    traces = " UNION ALL ".join(
        (
            f"(SELECT 1 AS trace FROM {known.sales} WHERE net_quantity > 0 LIMIT 1)",
            f"(SELECT 1 AS trace FROM {known.engagement} WHERE {' + '.join(CHANNELS)} > 0 LIMIT 1)",
        )
    )
    if not known.engine.count(f"SELECT COUNT(*) FROM ({traces}) AS traces"):
        days = (split.as_of - split.cutoff) / DAY_US
        raise DataError(
            f"no sale or engagement was known at {iso(split.cutoff)}, {days:g} days before the night "
            f"{iso(split.as_of)}: a night learns from what lies before its horizon and is judged on the "
            "horizon; export more history, give a later --as-of, or lower --horizon-days"
        )
