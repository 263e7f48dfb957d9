"""Hides part of some creators' products, to choose parameters on without touching any test data."""

import numpy as np

from recsys.arrays import CSR, Int64, csr
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
    left = _entries(affinity, ~hidden)
    rows = CreatorRows(left, data.rows.attributes)
    task = EvaluationTask(
        rows[chosen],
        left[chosen],
        _entries(affinity, hidden)[chosen],
        np.ones(data.n_products, dtype=np.bool_),
        {},
        {},
    )
    return TrainingData(rows, data.product_attributes, data.trend), task


def _entries(matrix: CSR, chosen: np.ndarray) -> CSR:
    rows: Int64 = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return csr(matrix.data[chosen], rows[chosen], matrix.indices[chosen], matrix.shape)
