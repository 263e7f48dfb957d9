"""Whose lists hold what sells for most? On the last month of Online Retail: real prices, real returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.tables import table
from benchmarks.worth import earnings_of_all
from features.build import FeatureSet, build_features
from features.engine import open_engine
from features.facts import collapse
from features.intake import read_export
from features.labels import Outcomes, read_outcomes
from features.settings import MarketplaceSettings
from recsys.arrays import CSR, Bool, Float64, csr
from recsys.batches import batches
from recsys.bootstrap import Interval, mean_interval
from recsys.candidates import FEATURE_CELLS
from recsys.errors import DataError
from recsys.models.blend import BlendScorer
from recsys.split import TemporalSplit
from recsys.topk import top_k
from recsys.value.model import ValueModel
from training.benchmark.hidden import choose_on_hidden
from training.value.learn import learn_values, read_examples
from training.value.windows import read_windows, window_begins

K: Final = 20
OURS: Final = "ours"
SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Captured:
    """Net revenue of the horizon within each policy's lists of `K`, by policy: one value a creator."""

    by_policy: Mapping[str, Float64]
    total: float
    currency: str

    def lift(self, rival: str) -> Interval:
        """What ours captures more than a rival, a creator, with its paired interval."""
        return mean_interval(self.by_policy[OURS] - self.by_policy[rival], SEED)


def capture(export: Path, home: Path) -> Captured:
    """Learn from what was known a horizon before the end, and judge lists of new pairs on the horizon."""
    settings = MarketplaceSettings.beside(export)
    with open_engine(home / "work") as engine:
        as_of = read_export(engine, export, home, None).as_of
        split = TemporalSplit.before(as_of, settings.horizon_days)
        facts = collapse(engine)
        now = build_features(facts.at(split.cutoff), settings)
        begins = window_begins(facts, settings, split.cutoff)
        windows = list(read_windows(facts, settings, begins, split.cutoff))
        horizon = as_of - split.cutoff
        sold = read_outcomes(facts.at(as_of), split.cutoff, as_of, horizon, as_of)
    blend = choose_on_hidden(now.training_data, with_profile=True)
    values = learn_values(read_examples(blend, windows), now)
    if values is None:
        raise DataError(f"{export} holds too few sales to learn what they bring; export more history")
    return _captured(now, blend.fit(now.training_data), values, sold, settings.currency)


def _captured(
    now: FeatureSet, model: BlendScorer, values: ValueModel, sold: Outcomes, currency: str
) -> Captured:
    eligible = now.eligible
    shape = now.affinity.values.shape
    open_to_all = eligible[sold.products] & (sold.amount > 0)
    revenue = csr(sold.amount[open_to_all], sold.creators[open_to_all], sold.products[open_to_all], shape)
    judged = np.flatnonzero(np.diff(revenue.indptr) > 0)
    parts: dict[str, list[Float64]] = {}
    for batch in batches(len(judged), FEATURE_CELLS * shape[1]):
        some = judged[batch]
        barred = ~eligible | (now.sold_units[some].toarray() > 0)
        for name, worth in _worths(now, model, values, some).items():
            parts.setdefault(name, []).append(_within_lists(worth, barred, revenue[some]))
    return Captured(
        {name: np.concatenate(values_of) for name, values_of in parts.items()},
        float(revenue.data.sum(dtype=np.float64)),
        currency,
    )


def _worths(
    now: FeatureSet, model: BlendScorer, values: ValueModel, creators: np.ndarray
) -> dict[str, Float64]:
    """What each policy ranks by: creators × products, or products alone."""
    scores = model.score(now.rows[creators])
    trend, price = now.products["trend"].to_numpy(), now.context.price
    return {
        OURS: earnings_of_all(values, scores, creators),
        "popularity": trend,
        "revenue popularity": trend * price,
        # One rate for all products: a sort by commission is one by price.
        "price": price,
        "cf": scores.astype(np.float64),
    }


def _within_lists(worth: Float64, barred: Bool, revenue: CSR) -> Float64:
    shown = np.where(barred, -np.inf, worth).astype(np.float32)
    lists = top_k(shown, K)
    found = np.take_along_axis(revenue.toarray(), np.maximum(lists.indices, 0), axis=1)
    real = np.arange(K) < lists.lengths[:, np.newaxis]
    return np.asarray((found * real).sum(axis=1), dtype=np.float64)


def revenue_section(captured: Captured) -> str:
    """The part of the report on captured revenue."""
    rows = []
    for name, values in captured.by_policy.items():
        lift = captured.lift(name)
        paired = "" if name == OURS else f"**{lift.mean:+.2f}** ({lift.low:+.2f} … {lift.high:+.2f})"
        rows.append((name, f"{values.mean():.2f}", f"{values.sum() / captured.total:.1%}", paired))
    n = len(captured.by_policy[OURS])
    return "\n".join(
        [
            "### Online Retail, net revenue of the last month within lists of 20",
            "",
            f"{n:,} creators with a first sale; {captured.currency} a creator, 95 % bootstrap over creators.",
            "",
            *table(("list", "captured", "of all", "ours less this, paired"), rows),
            "",
        ]
    )
