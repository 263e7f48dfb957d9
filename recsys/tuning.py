"""Chooses the weights of a blend on a validation part of the training data."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int64, csr
from recsys.batches import batches
from recsys.evaluation import EvaluationTask
from recsys.metrics import ndcg, recall
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import CreatorRows, TrainingData
from recsys.topk import best_columns

K = 20
CANDIDATES = 100
FIRST_STEP, LAST_STEP = 0.4, 0.05
ENOUGH_CREATORS = 50
MOST_CREATORS = 4_000
EVIDENCE = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
FEW = (1, 2, 4)
MOST_TRUNCATED = 1_000


@dataclass(frozen=True, slots=True)
class Tuned:
    """The blend with its chosen weights, its NDCG@20 on validation, and how many creators chose it."""

    blend: Blend
    validation_ndcg: float
    n_creators: int


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Standardised scores of the union of each part's best products: creators × candidates × parts.

    `relevant` and `barred` say which of the candidates count and which are padding or excluded.
    """

    scores: Float32
    relevant: Bool
    barred: Bool
    n_relevant: Int64
    n_known: Int64


@dataclass(frozen=True, slots=True)
class _Trial:
    """Weights of the parts (summing to 1), evidence, and NDCG + recall of each creator with them."""

    weights: Float64
    evidence: float
    values: Float64

    @property
    def figure(self) -> float:
        """What is maximised."""
        return float(self.values.mean())


def tune(blend: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> Tuned:
    """Coordinate search over weights, from equal weights and from each part favoured; then evidence.

    `data` and `task` (judged) come from inside the training period, so that no test figure is touched. The
    parts are fitted once. Evidence says how much few products tell, so it is chosen on rows of which all but
    `FEW` are hidden from the scorer: creators with much history are no guide to new ones. The result is
    the mean of all trials within half a standard error of the best: a small validation part cannot elect
    an outlier, a large one decides alone. With fewer than `ENOUGH_CREATORS` the blend stays as it is.
    """
    if len(task.rows) < ENOUGH_CREATORS:
        return Tuned(blend, float("nan"), len(task.rows))
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.permutation(len(task.rows))[:MOST_CREATORS])
    scorer = blend.fit(data)
    candidates = _candidates(scorer, task, sample)
    trials = [trial for start in _starts(blend) for trial in _climb(candidates, start, blend.evidence)]
    weights: Float64 = np.mean([trial.weights for trial in _near_best(trials)], axis=0)
    evidence = _choose_evidence(scorer, task.only(rng.permutation(sample)[:MOST_TRUNCATED]), weights, rng)
    chosen = replace(blend, weights=tuple(float(weight) for weight in weights), evidence=evidence)
    return Tuned(chosen, float(_ndcg_and_recall(candidates, weights, evidence)[0].mean()), len(sample))


def _choose_evidence(
    scorer: BlendScorer, task: EvaluationTask, weights: Float64, rng: np.random.Generator
) -> float:
    everyone = np.arange(len(task.rows))
    truncated = [_candidates(scorer, _truncated(task, known, rng), everyone) for known in FEW]
    trials = [
        _Trial(
            weights,
            evidence,
            np.mean([_trial(candidates, weights, evidence).values for candidates in truncated], axis=0),
        )
        for evidence in EVIDENCE
    ]
    return float(np.exp(np.mean([np.log(trial.evidence) for trial in _near_best(trials)])))


def _truncated(task: EvaluationTask, known: int, rng: np.random.Generator) -> EvaluationTask:
    """The same task for a scorer that is shown `known` products of each row, drawn at random."""
    affinity = task.rows.affinity
    rows = np.repeat(np.arange(affinity.shape[0]), np.diff(affinity.indptr))
    shuffled = np.lexsort((rng.random(affinity.nnz), rows))
    shown = shuffled[np.arange(affinity.nnz) - affinity.indptr[rows] < known]
    few = csr(affinity.data[shown], rows[shown], affinity.indices[shown], affinity.shape)
    return replace(task, rows=CreatorRows(few, task.rows.attributes))


def _starts(blend: Blend) -> Iterator[Float64]:
    """The weights as they are, equal ones where they are not, and each part ahead of the rest."""
    n_parts = len(blend.parts)
    yield np.array(blend.weights) / sum(blend.weights)
    if len(set(blend.weights)) > 1:
        yield np.full(n_parts, 1 / n_parts)
    for ahead in range(n_parts):
        weights = np.ones(n_parts)
        weights[ahead] = 3.0
        yield weights / weights.sum()


def _climb(candidates: _Candidates, start: Float64, evidence: float) -> list[_Trial]:
    """Steps up and down one weight at a time while that helps, then halves the step; all trials."""
    current = _trial(candidates, start, evidence)
    trials = [current]
    step = FIRST_STEP
    while step >= LAST_STEP:
        before = current
        for part in range(len(start)):
            for factor in (1 + step, 1 / (1 + step), 0.0):
                weights = current.weights.copy()
                # A weight of nothing can come back only by a share of the whole.
                weights[part] = weights[part] * factor if weights[part] or factor < 1 else step / 2
                if weights.sum() > 0:
                    trial = _trial(candidates, weights, evidence)
                    trials.append(trial)
                    current = max(current, trial, key=lambda one: one.figure)
        if current is before:
            step /= 2
    return trials


def _near_best(trials: list[_Trial]) -> list[_Trial]:
    """The best trial and those that cannot be told from it."""
    best = max(trials, key=lambda trial: trial.figure)
    return [trial for trial in trials if _is_near(trial, best)]


def _is_near(trial: _Trial, best: _Trial) -> bool:
    """Is the paired difference to the best within half its standard error."""
    difference = best.values - trial.values
    error = difference.std() / np.sqrt(len(difference))
    return bool(difference.mean() <= 0.5 * error)


def _trial(candidates: _Candidates, weights: Float64, evidence: float) -> _Trial:
    shares = weights / weights.sum()
    gained, found = _ndcg_and_recall(candidates, shares, evidence)
    return _Trial(shares, evidence, gained + found)


def _candidates(scorer: BlendScorer, task: EvaluationTask, sample: Int64) -> _Candidates:
    n_parts = len(scorer.parts)
    width = n_parts * CANDIDATES
    scores = np.zeros((len(sample), width, n_parts), dtype=np.float32)
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
            scores[place, : len(products)] = standardised[:, offset, products].T
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


def _ndcg_and_recall(candidates: _Candidates, weights: Float64, evidence: float) -> tuple[Float64, Float64]:
    """NDCG@20 and recall@20 of each creator under a blend with these weights, on the candidates."""
    own = candidates.n_known / (candidates.n_known + evidence)
    per_part = np.column_stack([own[:, np.newaxis] * weights, 1.0 - own]).astype(np.float32)
    total = np.matmul(candidates.scores, per_part[:, :, np.newaxis])[:, :, 0]
    total[candidates.barred] = -np.inf
    first = np.argpartition(-total, K - 1, axis=1)[:, :K]
    order = np.argsort(-np.take_along_axis(total, first, axis=1), axis=1, kind="stable")
    ranked = np.take_along_axis(first, order, axis=1)
    hits = np.take_along_axis(candidates.relevant, ranked, axis=1)
    return ndcg(hits, candidates.n_relevant, K), recall(hits, candidates.n_relevant, K)
