"""Hides part of what is known: products of some creators to choose parameters on, or all of a cold start."""

import numpy as np

from recsys.arrays import CSR, Bool, Int64, csr
from recsys.evaluation import EvaluationTask
from recsys.models.contract import CreatorRows, TrainingData

SHARE = 0.2
LEAST_KNOWN = 4


def hold_out(
    data: TrainingData, n_creators: int, *, share: float = SHARE, seed: int = 0
) -> tuple[TrainingData, EvaluationTask]:
    """Hide a share of the products of a sample of creators, who need at least `LEAST_KNOWN`.

    Returns what is left to learn from, all other rows whole, and the task to rank the hidden products high.
    """
    affinity = data.rows.affinity
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(np.diff(affinity.indptr) >= LEAST_KNOWN)
    chosen = np.sort(rng.permutation(able)[:n_creators])
    hidden = np.zeros(affinity.nnz, dtype=np.bool_)
    for creator in chosen:
        start, end = affinity.indptr[creator : creator + 2]
        n_hidden = max(1, round((end - start) * share))
        hidden[start + rng.permutation(end - start)[:n_hidden]] = True
    left = _learned_from(data, ~hidden, data.trend)
    return left, _task(left.rows, _entries(affinity, hidden), _everything(data)).only(chosen)


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
    left = _learned_from(data, shown, data.trend)
    still_there: CSR = left.rows.affinity.sign()
    relevant: CSR = (sold - sold.multiply(still_there)).tocsr()
    relevant.eliminate_zeros()
    return left, _task(left.rows, relevant, _everything(data)).only(chosen).judged()


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
    left = _learned_from(data, ~hidden[data.rows.affinity.indices], trend)
    return left, _task(left.rows, _entries(sold, hidden[sold.indices]), hidden).judged()


def _some(able: Int64, share: float, rng: np.random.Generator) -> Int64:
    """A share of them, at least one, in ascending order."""
    return np.sort(rng.permutation(able)[: max(1, round(len(able) * share))])


def _learned_from(data: TrainingData, shown: Bool, trend: np.ndarray) -> TrainingData:
    rows = CreatorRows(_entries(data.rows.affinity, shown), data.rows.attributes)
    return TrainingData(rows, data.product_attributes, trend)


def _task(rows: CreatorRows, relevant: CSR, eligible: Bool) -> EvaluationTask:
    return EvaluationTask(rows, rows.affinity, relevant, eligible, {}, {})


def _everything(data: TrainingData) -> Bool:
    return np.ones(data.n_products, dtype=np.bool_)


def _entries(matrix: CSR, chosen: Bool) -> CSR:
    rows: Int64 = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return csr(matrix.data[chosen], rows[chosen], matrix.indices[chosen], matrix.shape)
