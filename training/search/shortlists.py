"""The products among which variants of a blend differ, so that a trial costs no whole lists."""

from dataclasses import dataclass, replace

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32, Int64
from recsys.batches import batches
from recsys.evaluation import EvaluationTask
from recsys.models.blend import BlendScorer
from recsys.topk import top_k
from training.search.trials import K, worth

OF_A_PART = 50


@dataclass(frozen=True, slots=True)
class Shortlists:
    """Of each creator the best `OF_A_PART` products by each part, with what every part says of them.

    `products`, `relevant` and `barred` (named twice, or padding) are creators × places, `scores`
    (standardised) parts × creators × places, the counts one entry a creator.
    """

    products: Int32
    scores: Float32
    relevant: Bool
    barred: Bool
    n_relevant: Int64
    n_known: Int64

    @classmethod
    def of(cls, scorer: BlendScorer, task: EvaluationTask) -> "Shortlists":
        """Score every product once, a batch of creators at a time."""
        cells = scorer.n_products * len(scorer.parts)
        found = [_best_of_parts(scorer, task, batch) for batch in batches(len(task.rows), cells)]
        products, scores, relevant, barred = zip(*found, strict=True)
        return cls(
            np.concatenate(products),
            np.concatenate(scores, axis=1),
            np.concatenate(relevant),
            np.concatenate(barred),
            np.diff(task.relevant.indptr).astype(np.int64),
            np.diff(task.rows.affinity.indptr).astype(np.int64),
        )

    def with_part(self, position: int, scorer: BlendScorer, task: EvaluationTask) -> "Shortlists":
        """The same products, scored by the first part of another blend in place of the one at `position`."""
        scores = self.scores.copy()
        for batch in batches(len(task.rows), scorer.n_products * len(scorer.parts)):
            part = scorer.standardised(task.rows[batch])[0]
            scores[position, batch] = np.take_along_axis(part, self.products[batch], axis=1)
        return replace(self, scores=scores)

    def worth(self, weights: Float64, evidence: float) -> Float64:
        """What the lists of a blend are worth to each creator; `weights` sum to 1, the prior has none."""
        own = (self.n_known / (self.n_known + evidence)).astype(np.float32)[:, np.newaxis]
        parts = np.tensordot(weights.astype(np.float32), self.scores[:-1], axes=1)
        total = own * parts + (1 - own) * self.scores[-1]
        total[self.barred] = -np.inf
        first = np.argpartition(-total, K - 1, axis=1)[:, :K]
        order = np.argsort(-np.take_along_axis(total, first, axis=1), axis=1, kind="stable")
        ranked = np.take_along_axis(first, order, axis=1)
        hits = np.take_along_axis(self.relevant & ~self.barred, ranked, axis=1)
        return worth(hits, self.n_relevant)


def _best_of_parts(
    scorer: BlendScorer, task: EvaluationTask, batch: slice
) -> tuple[Int32, Float32, Bool, Bool]:
    """Products, their scores, which are relevant and which barred, of one batch of creators."""
    rows, exclude = task.rows[batch], task.exclude[batch]
    standardised = scorer.standardised(rows)
    allowed = np.repeat(task.eligible[np.newaxis], len(rows), axis=0)
    allowed[np.repeat(np.arange(len(rows)), np.diff(exclude.indptr)), exclude.indices] = False
    best = [top_k(np.where(allowed, part, -np.inf), OF_A_PART).indices for part in standardised]
    products = np.sort(np.concatenate(best, axis=1), axis=1)
    barred = products < 0
    barred[:, 1:] |= products[:, 1:] == products[:, :-1]
    scores = np.take_along_axis(standardised, products[np.newaxis], axis=2)
    relevant = np.take_along_axis(task.relevant[batch].toarray() > 0, products, axis=1)
    return products, scores, relevant, barred
