"""Hides all history, or nearly all, of some creators or products: what a cold start asks."""

import numpy as np

from recsys.arrays import CSR, Int64
from recsys.evaluation import EvaluationTask
from recsys.models.contract import TrainingData
from training.benchmark.hidden import entries, everything, hidden_task, learned_from


def hide_creators(
    data: TrainingData, sold: CSR, share: float, *, kept: int = 0, seed: int = 0
) -> tuple[TrainingData, EvaluationTask]:
    """Hide all history of a share of the creators who sold something, but for `kept` products of each.

    `sold` (creators × products) are net units. The task: rank what they sold, less what was kept. Demand
    (`trend`) stays as it is: it is the market's, not theirs.
    """
    affinity = data.rows.affinity
    rng = np.random.default_rng(seed)
    chosen = _some(np.flatnonzero(np.diff(sold.indptr) > kept), share, rng)
    shown = np.ones(affinity.nnz, dtype=np.bool_)
    for creator in chosen:
        start, end = affinity.indptr[creator : creator + 2]
        shown[start + rng.permutation(end - start)[kept:]] = False
    left = learned_from(data, shown, data.trend)
    still_there: CSR = left.rows.affinity.sign()
    relevant: CSR = (sold - sold.multiply(still_there)).tocsr()
    relevant.eliminate_zeros()
    return left, hidden_task(left.rows, relevant, everything(data)).only(chosen).judged()


def hide_products(
    data: TrainingData, sold: CSR, share: float, *, seed: int = 0
) -> tuple[TrainingData, EvaluationTask]:
    """Hide all history of a share of the products that sold, their demand included.

    `sold` (creators × products) are net units. The task: rank the hidden products alone, for the creators who
    sold one. Their attributes are all that is known of them.
    """
    rng = np.random.default_rng(seed)
    hidden = np.zeros(data.n_products, dtype=np.bool_)
    hidden[_some(np.flatnonzero(np.bincount(sold.indices, minlength=data.n_products)), share, rng)] = True
    trend = np.where(hidden, 0, data.trend).astype(np.float32)
    left = learned_from(data, ~hidden[data.rows.affinity.indices], trend)
    return left, hidden_task(left.rows, entries(sold, hidden[sold.indices]), hidden).judged()


def _some(able: Int64, share: float, rng: np.random.Generator) -> Int64:
    """A share of them, at least one, in ascending order."""
    return np.sort(rng.permutation(able)[: max(1, round(len(able) * share))])
