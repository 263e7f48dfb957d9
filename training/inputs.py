"""Reads an export once, and from it whatever a night needs: features at several instants and two tasks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.build import FeatureSet, build_features
from features.buyers import build_audience
from features.engagement import CHANNELS
from features.engine import open_engine
from features.facts import Facts, collapse
from features.intake import Validated, read_export
from features.labels import first_sales
from features.settings import MarketplaceSettings
from features.snapshot import Snapshot
from features.source import Export
from recsys.arrays import CSR, Bool, Int64
from recsys.audience import Audience
from recsys.errors import DataError
from recsys.evaluation import EvaluationTask
from recsys.split import DAY_US, TemporalSplit, iso
from training.segments import creator_segments, product_segments
from training.value.windows import Window, read_windows, window_begins


@dataclass(frozen=True, slots=True)
class Holdout:
    """Features as of a cutoff, and the task to judge by: in a night the first sales of the horizon after it.

    `creators` are the creators of the task by their place among all: those with something relevant.
    """

    features: FeatureSet
    task: EvaluationTask
    creators: Int64

    @classmethod
    def of(cls, features: FeatureSet, relevant: CSR, exclude: CSR, cutoff: int) -> "Holdout":
        """The task of ranking the relevant pairs high among what was on the market at the cutoff.

        `relevant` and `exclude` (barred from the lists) are creators × products.
        """
        eligible = eligible_products(features, cutoff)
        # What was not on the market at the cutoff could not have been recommended by anyone.
        reachable: CSR = relevant.multiply(eligible.astype("float32")).tocsr()
        reachable.eliminate_zeros()
        affinity = features.affinity.values
        task = EvaluationTask(
            features.rows,
            exclude,
            reachable,
            eligible,
            creator_segments(affinity),
            product_segments(affinity),
        )
        # As `judged()` does, but their places are needed to weigh their rows again.
        creators = np.flatnonzero(np.diff(reachable.indptr) > 0)
        return cls(features, task.only(creators), creators)

    def only(self, places: Int64) -> "Holdout":
        """The same features with some creators of the task, by their place in it."""
        return Holdout(self.features, self.task.only(places), self.creators[places])

    def with_weights(self, weights: Mapping[str, float]) -> "Holdout":
        """The same with the channels weighed otherwise.

        Segments stay: they say of whom a figure is, and that must not depend on what a night chose.
        """
        features = self.features.with_weights(weights)
        return replace(self, features=features, task=replace(self.task, rows=features.rows[self.creators]))


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
        return self._judged(earlier.cutoff, earlier.as_of)

    def test(self) -> Holdout:
        """What to report on: the horizon before the night."""
        return self._judged(self.split.cutoff, self.split.as_of)

    def now(self) -> FeatureSet:
        """What to serve from."""
        return build_features(self.facts.at(self.split.as_of), self.settings)

    def windows(self) -> Iterator[Window]:
        """What to value by, the latest window first."""
        begins = window_begins(self.facts, self.settings, self.split.as_of)
        return read_windows(self.facts, self.settings, begins, self.split.as_of)

    def audience(self, products: pa.Table) -> Audience:
        """What the creators' buyers bought from others; `products` are those to serve from."""
        return build_audience(self.facts.at(self.split.as_of), products)

    def _judged(self, cutoff: int, end: int) -> Holdout:
        at_cutoff = self.facts.at(cutoff)
        features = build_features(at_cutoff, self.settings)
        relevant = first_sales(at_cutoff, self.facts.at(end))
        return Holdout.of(features, relevant, features.sold_units, cutoff)


@contextmanager
def open_night(
    data: Export, home: Path, settings: MarketplaceSettings, as_of: int | None
) -> Iterator[NightInputs]:
    """Validate an export; the test horizon ends at `as_of`, the validation horizon where that one begins.

    Raises `DataError` for what is missing or beyond the allowed share of bad rows, after writing the
    quarantine and before anything else is touched.
    """
    with open_engine(home / "work") as engine:
        validated = read_export(engine, data, home, as_of)
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


def eligible_products(features: FeatureSet, instant: int) -> Bool:
    """Products that were listed by an instant and are active."""
    listed: Bool = features.products["listed_at"].fill_null(instant).to_numpy() <= instant
    active: Bool = features.products["is_active"].to_numpy(zero_copy_only=False)
    return listed & active
