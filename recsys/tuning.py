"""Chooses the weights of a blend on a validation part of the training data."""

from dataclasses import dataclass, replace

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int64
from recsys.batches import batches
from recsys.evaluation import EvaluationTask
from recsys.metrics import ndcg
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import TrainingData
from recsys.topk import best_columns

K = 20
CANDIDATES = 200
TRIALS = 150
KEPT = 10
ENOUGH_CREATORS = 50
MOST_CREATORS = 4_000
EVIDENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(frozen=True, slots=True)
class Tuned:
    """The blend with its chosen weights, its NDCG@20 on validation, and how many creators chose it."""

    blend: Blend
    validation_ndcg: float
    n_creators: int


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Standardised scores of the union of each part's best products: creators × parts × candidates.

    `relevant` and `barred` say which of the candidates count and which are padding or excluded.
    """

    scores: Float32
    relevant: Bool
    barred: Bool
    n_relevant: Int64
    n_known: Int64


def tune(blend: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> Tuned:
    """Random search over weights and evidence, the mean of the best trials.

    `data` and `task` (judged) come from inside the training period, so that no test figure is touched. The
    parts are fitted once. Averaging the `KEPT` best of `TRIALS` keeps a small validation part from
    electing an outlier; with fewer than `ENOUGH_CREATORS` the blend stays as it is.
    """
    rng = np.random.default_rng(seed)
    if len(task.rows) < ENOUGH_CREATORS:
        return Tuned(blend, float("nan"), len(task.rows))
    sample = np.sort(rng.permutation(len(task.rows))[:MOST_CREATORS])
    candidates = _candidates(blend.fit(data), task, sample)
    trials = [(np.array(blend.weights) / sum(blend.weights), blend.evidence)]
    trials += [
        (rng.dirichlet(np.ones(len(blend.parts))), float(rng.choice(EVIDENCE))) for _ in range(TRIALS - 1)
    ]
    figures = np.array([_figure(candidates, weights, evidence) for weights, evidence in trials])
    best = np.argsort(-figures, kind="stable")[:KEPT]
    weights = np.mean([trials[place][0] for place in best], axis=0)
    evidence = float(np.exp(np.mean([np.log(trials[place][1]) for place in best])))
    chosen = replace(blend, weights=tuple(float(weight) for weight in weights), evidence=evidence)
    return Tuned(chosen, _figure(candidates, weights, evidence), len(sample))


def _candidates(scorer: BlendScorer, task: EvaluationTask, sample: Int64) -> _Candidates:
    n_parts = len(scorer.parts)
    width = n_parts * CANDIDATES
    scores = np.zeros((len(sample), n_parts, width), dtype=np.float32)
    relevant = np.zeros((len(sample), width), dtype=np.bool_)
    barred = np.ones((len(sample), width), dtype=np.bool_)
    for batch in batches(len(sample), scorer.n_products * n_parts):
        chosen = sample[batch]
        standardised = scorer.standardised(task.rows[chosen])
        for offset, creator in enumerate(chosen):
            place = batch.start + offset
            allowed = task.eligible.copy()
            allowed[task.exclude.indices[slice(*task.exclude.indptr[creator : creator + 2])]] = False
            products = _union_of_best(standardised[:, offset], allowed)
            wanted = task.relevant.indices[slice(*task.relevant.indptr[creator : creator + 2])]
            scores[place, :, : len(products)] = standardised[:, offset, products]
            relevant[place, : len(products)] = np.isin(products, wanted)
            barred[place, : len(products)] = False
    return _Candidates(
        scores,
        relevant,
        barred,
        np.diff(task.relevant.indptr)[sample].astype(np.int64),
        np.diff(task.rows.affinity.indptr)[sample].astype(np.int64),
    )


def _union_of_best(standardised: Float32, allowed: Bool) -> Int64:
    """Products among the best `CANDIDATES` of any part (parts × products), ascending."""
    masked = np.where(allowed, standardised, -np.inf)
    return np.unique(np.concatenate([best_columns(row, CANDIDATES) for row in masked])).astype(np.int64)


def _figure(candidates: _Candidates, weights: Float64, evidence: float) -> float:
    """NDCG@20 of a blend with these weights, on the candidates."""
    own = candidates.n_known / (candidates.n_known + evidence)
    per_part = np.column_stack([own[:, np.newaxis] * weights, 1.0 - own]).astype(np.float32)
    total = np.einsum("cp,cpn->cn", per_part, candidates.scores)
    total[candidates.barred] = -np.inf
    order = np.argsort(-total, axis=1, kind="stable")[:, :K]
    hits = np.take_along_axis(candidates.relevant, order, axis=1)
    return float(ndcg(hits, candidates.n_relevant, K).mean())
