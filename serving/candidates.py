"""Which pairs are worth estimating: a bounded number, from several sources, each with a name.

The value model costs more than a score, so it is asked of candidates only. All functions are pure and choose
among what is allowed already. None knows how long a list was asked for, so that one of k is the head of every
longer one; where candidates run out, `best_of_the_rest` goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from recsys.arrays import Array, Bool, Float32, Float64, Int32, Int64
from recsys.topk import best_columns


class Source(StrEnum):
    """Why a pair was looked at; `exploration` brings none to be ranked, its places are drawn."""

    SCORE = "score"
    TRENDING = "trending"
    OWN_CATEGORY = "own_category"
    EXPLORATION = "exploration"
    LARGEST = "largest"


# The most that each source brings.
PRODUCT_BOUNDS: Mapping[Source, int] = {
    Source.SCORE: 520,
    Source.TRENDING: 100,
    Source.OWN_CATEGORY: 100,
}
CREATOR_BOUNDS: Mapping[Source, int] = {Source.SCORE: 2_000, Source.LARGEST: 200}


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chosen products or creators, highest score first; `found_by` (sources × n) says who brought each."""

    indices: Int32
    found_by: Mapping[Source, Bool]

    def __len__(self) -> int:
        return len(self.indices)

    def sources(self, position: int) -> tuple[Source, ...]:
        """The sources that brought the candidate at a position."""
        return tuple(source for source, found in self.found_by.items() if found[position])


@dataclass(frozen=True, slots=True)
class ProductSignals:
    """What candidates for one creator are chosen by; one entry a product.

    `recent_units` are net units of late, `own_share` the share of the creator's affinity that lies in the
    product's category.
    """

    scores: Float32
    recent_units: Int64
    own_share: Float64


def product_candidates(
    signals: ProductSignals,
    allowed: Bool,
    bounds: Mapping[Source, int] = PRODUCT_BOUNDS,
) -> Candidates:
    """Candidates for one creator among the allowed products; all of these where they are few."""
    in_own = np.where(signals.own_share > 0, signals.own_share * (1.0 + signals.recent_units), -np.inf)
    trending = np.where(signals.recent_units > 0, signals.recent_units, -np.inf)
    brought = {
        Source.SCORE: _best_scores(signals.scores, allowed, bounds),
        Source.TRENDING: _best(trending, allowed, bounds[Source.TRENDING]),
        Source.OWN_CATEGORY: _best(in_own, allowed, bounds[Source.OWN_CATEGORY]),
    }
    return _union(brought, signals.scores)


def creator_candidates(
    scores: Float32,
    follower_count: Int64,
    allowed: Bool,
    bounds: Mapping[Source, int] = CREATOR_BOUNDS,
) -> Candidates:
    """Candidates for one product or brand among the allowed creators; all of these where they are few."""
    brought = {
        Source.SCORE: _best_scores(scores, allowed, bounds),
        Source.LARGEST: _best(follower_count, allowed, bounds[Source.LARGEST]),
    }
    return _union(brought, scores)


def by_score(scores: Float32, allowed: Bool, bound: int) -> Candidates:
    """The `bound` best of the allowed by score alone: all that a list by affinity needs."""
    indices = _best(scores, allowed, bound)
    return Candidates(indices, {Source.SCORE: np.ones(len(indices), dtype=np.bool_)})


def best_of_the_rest(scores: Float32, allowed: Bool, ranked: Int32, k: int) -> Int32:
    """The k best by score of the allowed that are not ranked yet: how a list longer than those goes on."""
    rest = allowed.copy()
    rest[ranked] = False
    return _best(scores, rest, k)


def _best_scores(scores: Float32, allowed: Bool, bounds: Mapping[Source, int]) -> Int32:
    """The best by score: all where the bounds together hold them."""
    together = sum(bounds.values())
    return _best(scores, allowed, together if np.count_nonzero(allowed) <= together else bounds[Source.SCORE])


def _best(signal: Array, allowed: Bool, bound: int) -> Int32:
    return best_columns(np.where(allowed, signal, -np.inf).astype(np.float32), bound)


def _union(brought: Mapping[Source, Int32], scores: Float32) -> Candidates:
    found = np.zeros((len(brought), len(scores)), dtype=np.bool_)
    for place, of in enumerate(brought.values()):
        found[place, of] = True
    indices = np.flatnonzero(found.any(axis=0)).astype(np.int32)
    indices = indices[np.argsort(-scores[indices], kind="stable")]
    return Candidates(indices, dict(zip(brought, found[:, indices], strict=True)))
