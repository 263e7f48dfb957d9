"""Reads an export once into all that a night needs: features at three instants and two tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.audience import build_audience
from features.build import FeatureSet, build_features
from features.engine import open_engine
from features.facts import collapse
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
class Judged:
    """Features as of a cutoff, and the task to judge by: in a night the first sales of the horizon after it.

    `creators` are the creators of the task by their place among all: those with something relevant.
    """

    features: FeatureSet
    task: EvaluationTask
    creators: Int64

    @classmethod
    def of(cls, features: FeatureSet, relevant: CSR, exclude: CSR, cutoff: int) -> "Judged":
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

    def only(self, places: Int64) -> "Judged":
        """The same features with some creators of the task, by their place in it."""
        return Judged(self.features, self.task.only(places), self.creators[places])

    def with_weights(self, weights: Mapping[str, float]) -> "Judged":
        """The same with the channels weighed otherwise.

        Segments stay: they say of whom a figure is, and that must not depend on what a night chose.
        """
        features = self.features.with_weights(weights)
        return replace(self, features=features, task=replace(self.task, rows=features.rows[self.creators]))


@dataclass(frozen=True, slots=True)
class NightInputs:
    """`validation` to choose on, `test` to report on, `now` to serve from, `windows` to value by.

    `audience` is what the creators' buyers bought from others, as of now.
    """

    validated: Validated
    split: TemporalSplit
    validation: Judged
    test: Judged
    now: FeatureSet
    windows: Sequence[Window]
    audience: Audience

    def with_weights(self, weights: Mapping[str, float]) -> "NightInputs":
        """The same with the channels weighed otherwise, at all three instants alike."""
        return replace(
            self,
            validation=self.validation.with_weights(weights),
            test=self.test.with_weights(weights),
            now=self.now.with_weights(weights),
            windows=[window.with_weights(weights) for window in self.windows],
        )


def read_night(data: Export, home: Path, settings: MarketplaceSettings, as_of: int | None) -> NightInputs:
    """Validate and build; the test horizon ends at `as_of`, the validation horizon where that one begins.

    Raises `DataError` for what is missing or beyond the allowed share of bad rows, after writing the
    quarantine and before anything else is touched.
    """
    with open_engine(home / "work") as engine:
        validated = read_export(engine, data, home, as_of)
        validated.report.require(settings.allowed_bad_share)
        split = TemporalSplit.before(validated.as_of, settings.horizon_days)
        earlier = TemporalSplit.before(split.cutoff, settings.horizon_days)
        facts = collapse(engine)
        at_validation, at_test, at_night = (
            facts.at(instant) for instant in (earlier.cutoff, split.cutoff, split.as_of)
        )
        test = _judged(at_test, at_night, settings)
        _require_history(test.features, split)
        now = build_features(at_night, settings)
        begins = window_begins(facts, settings, split.as_of)
        return NightInputs(
            validated,
            split,
            _judged(at_validation, at_test, settings),
            test,
            now,
            list(read_windows(facts, settings, begins, split.as_of)),
            build_audience(at_night, now.products),
        )


def _judged(at_cutoff: Snapshot, at_end: Snapshot, settings: MarketplaceSettings) -> Judged:
    """The task of foretelling, at the cutoff, the first sales until the end."""
    features = build_features(at_cutoff, settings)
    return Judged.of(features, first_sales(at_cutoff, at_end), features.sold_units, at_cutoff.instant)


def _require_history(known: FeatureSet, split: TemporalSplit) -> None:
    """Refuse a night whose cutoff lies before all history: there is nothing to learn from."""
    if known.affinity.values.nnz == 0:
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
