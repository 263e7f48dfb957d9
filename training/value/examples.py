"""Past promotions as rows to learn from: features of before they began, units of after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from features.build import FeatureSet, build_features
from features.engine import Engine
from features.outcomes import Outcomes, read_outcomes
from features.settings import MarketplaceSettings
from recsys.arrays import Float32, Float64, Int32, Int64
from recsys.batches import batches
from recsys.models.blend import Blend, BlendScorer
from recsys.split import DAY_US

WINDOWS = 3
WINDOW_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class Cutoff:
    """Features as of an instant, and the promotions that began in the window after it."""

    features: FeatureSet
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class Examples:
    """Promotions, one a row: `features` (n × `FEATURES`) of before, net and gross `units` of after.

    `creators` and `products` are indexes; `known_creators` and `known_products` count how many pairs of that
    creator or product had history before.
    """

    features: Float32
    creators: Int32
    products: Int32
    units: Float64
    net_units: Float64
    amount: Float64
    commission: Float64
    scores: Float32
    known_creators: Int64
    known_products: Int64

    def __len__(self) -> int:
        return len(self.units)

    def only(self, rows: Int64) -> Self:
        """Some of the rows."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @classmethod
    def stacked(cls, parts: "Sequence[Examples]") -> "Examples":
        """All rows of several."""
        return Examples(
            **{
                field.name: np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(Examples)
            }
        )


def window_starts(until: int, horizon: int) -> list[int]:
    """Begin of each window of promotions whose horizon is over by `until`, latest first (microseconds)."""
    width = round(WINDOW_DAYS * DAY_US)
    return [until - horizon - width * (place + 1) for place in range(WINDOWS)]


def read_cutoffs(
    engine: Engine, settings: MarketplaceSettings, begins: Sequence[int], as_of: int
) -> list[Cutoff]:
    """Features as of each begin, and what is known at `as_of` of the promotions of the window after it.

    Windows before all history are left out.
    """
    width, horizon = round(WINDOW_DAYS * DAY_US), round(settings.horizon_days * DAY_US)
    known = [build_features(engine, settings, begin) for begin in begins]
    build_features(engine, settings, as_of)
    return [
        Cutoff(features, read_outcomes(engine, begin, begin + width, horizon))
        for begin, features in zip(begins, known, strict=True)
        if features.affinity.values.nnz
    ]


def examples_of(cutoff: Cutoff, blend: Blend) -> Examples:
    """The promotions of a window with the features of before, scored by the recipe fitted on before."""
    features, outcomes = cutoff.features, cutoff.outcomes
    scores = pair_scores(blend.fit(features.training_data), features, outcomes.creators, outcomes.products)
    affinity = features.affinity.values
    return Examples(
        features.context.features(outcomes.creators, outcomes.products, scores, outcomes.started_at),
        outcomes.creators,
        outcomes.products,
        outcomes.units,
        outcomes.net_units,
        outcomes.amount,
        outcomes.commission,
        scores,
        np.diff(affinity.indptr)[outcomes.creators].astype(np.int64),
        np.bincount(affinity.indices, minlength=affinity.shape[1])[outcomes.products],
    )


def pair_scores(model: BlendScorer, features: FeatureSet, creators: Int32, products: Int32) -> Float32:
    """Affinity scores of pairs; `creators` ascend."""
    scores = np.empty(len(creators), dtype=np.float32)
    for begin, end, block in _by_creator(model, features, creators):
        who = np.searchsorted(np.unique(creators[begin:end]), creators[begin:end])
        scores[begin:end] = block[who, products[begin:end]]
    return scores


def _by_creator(
    model: BlendScorer, features: FeatureSet, creators: Int32
) -> Iterator[tuple[int, int, Float32]]:
    distinct = np.unique(creators)
    for batch in batches(len(distinct), model.n_products):
        some = distinct[batch]
        begin, end = np.searchsorted(creators, [some[0], some[-1] + 1]).tolist()
        yield begin, end, model.score(features.rows[some.astype(np.int64)])
