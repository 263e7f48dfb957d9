"""What the default lists would have earned on the test horizon, beside the simplest lists by commission.

Judged are lists as they are served, by expected earnings: candidates are ranked by it, all else
by score. Both lists earn the commission of those pairs in their first places that sold for the first time.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np

from recsys.arrays import CSR, Bool, Float32, Float64, Int64, sums_by
from recsys.batches import batches
from recsys.bootstrap import Interval, mean_interval
from recsys.candidates import FEATURE_CELLS
from recsys.clearing.crowd import PLACES
from recsys.clearing.places import Places
from recsys.evaluation import EvaluationTask
from recsys.models.contract import CreatorRows, Scorer
from recsys.models.popularity import Popularity
from recsys.topk import top_k
from recsys.value.context import PairContext
from recsys.value.model import ValueModel
from training.holdout import Holdout

# Of more creators a sample is judged: estimates cost more than scores.
MOST_JUDGED: Final = 4_000
# So many of a creator's best products by score are estimated, about as many as in serving.
CANDIDATES: Final = 500


@dataclass(frozen=True, slots=True)
class Earned:
    """Commission a creator that the first places of its list held, and how much more than the baseline's.

    The value model of the rehearsal had `n_promotions` to learn from.
    """

    ours: float
    baseline: float
    over_baseline: Interval
    n_creators: int
    n_promotions: int

    def metrics(self) -> dict[str, float]:
        """For the manifest and the run."""
        over = self.over_baseline
        named = {
            "earned/ours": self.ours,
            "earned/popularity_x_commission": self.baseline,
            "earned/over_baseline": over.mean,
            "earned/over_baseline_low": over.low,
            "earned/over_baseline_high": over.high,
            "earned/creators": self.n_creators,
            "earned/promotions": self.n_promotions,
        }
        return {name: value for name, value in named.items() if isfinite(value)}


def judge_earnings(
    values: ValueModel,
    recipe: Scorer,
    holdout: Holdout,
    commission: CSR,
    seed: int,
    n_promotions: int,
    market: Places | None = None,
) -> Earned:
    """What lists by earnings less the prices of a `market` held, and those by popularity × commission.

    `values` and `recipe` know nothing of after the cutoff; `commission` (creators × products) is that of
    pairs that sold for the first time after it; `n_promotions` is what `values` were learned from.
    """
    places = judged_places(holdout, seed)
    judged = holdout.only(places)
    popularity = Popularity().fit(judged.features.training_data)
    came = commission[judged.creators]
    ours, baseline = np.zeros(len(places)), np.zeros(len(places))
    for batch in batches(len(places), recipe.n_products * 4 + CANDIDATES * FEATURE_CELLS):
        task, creators = judged.task.only(np.arange(len(places))[batch]), judged.creators[batch]
        allowed = _allowed(task)
        worth = _by_earnings(values, recipe.score(task.rows), allowed, creators, market)
        ours[batch] = _held(worth, came[batch])
        simple = _by_commission(values.context, popularity, task.rows, creators)
        baseline[batch] = _held(np.where(allowed, simple, -np.inf), came[batch])
    return Earned(
        float(ours.mean()) if len(ours) else 0.0,
        float(baseline.mean()) if len(baseline) else 0.0,
        mean_interval(ours - baseline, seed),
        len(places),
        n_promotions,
    )


def judged_places(holdout: Holdout, seed: int) -> Int64:
    """Which creators of the task are judged, by their place in it."""
    places = np.arange(len(holdout.creators))
    if len(places) <= MOST_JUDGED:
        return places
    return np.sort(np.random.default_rng(seed).permutation(places)[:MOST_JUDGED])


def _allowed(task: EvaluationTask) -> Bool:
    """What may be in each list: n × products."""
    allowed = np.repeat(task.eligible[np.newaxis], len(task.rows), axis=0)
    allowed[np.repeat(np.arange(len(task.rows)), np.diff(task.exclude.indptr)), task.exclude.indices] = False
    return allowed


def _by_earnings(
    values: ValueModel, scores: Float32, allowed: Bool, creators: Int64, market: Places | None
) -> Float64:
    """Worth of every product as serving ranks it: net earnings of candidates, then all else by score."""
    who, everything = creators.astype(np.int32), np.arange(scores.shape[1], dtype=np.int32)
    if market is not None:
        allowed = allowed & market.open(who, everything)
    barred = np.where(allowed, scores, np.float32(-np.inf))
    best = top_k(barred, min(CANDIDATES, scores.shape[1]))
    row, place = np.nonzero(best.indices >= 0)
    product = best.indices[row, place]
    found = values.outlook(who[row], product, scores[row, product].astype(np.float32))
    net = found.earnings if market is None else found.earnings - market.price(product, found.units)
    # Below whatever is ranked by what it earns.
    worth: Float64 = barred - np.float64(scores.max(initial=0.0)) - 1.0 + min(0.0, net.min(initial=0.0))
    worth[row, product] = net
    return worth


def _by_commission(context: PairContext, popularity: Scorer, rows: CreatorRows, creators: Int64) -> Float64:
    """Popularity × what a sale pays at the open rate."""
    pays = context.price * context.rates
    worth: Float64 = popularity.score(rows).astype(np.float64) * pays
    return worth


def _held(worth: Float64, commission: CSR) -> Float64:
    """What the first places of each row's list brought."""
    lists = top_k(worth.astype(np.float32), min(PLACES, worth.shape[1]))
    row, place = np.nonzero(lists.indices >= 0)
    brought = np.asarray(commission[row, lists.indices[row, place]], dtype=np.float64).ravel()
    return sums_by(row, brought, len(worth))
