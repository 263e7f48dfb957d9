"""Hides products of some creators, to choose on where the data tells no time."""

import numpy as np

from recsys.arrays import CSR, Bool, Int64, csr
from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.recipe import default_recipe
from training.search.recipe import choose_recipe
from training.search.trials import MOST_CREATORS

SHARE = 0.2
LEAST_KNOWN = 4


def choose_on_hidden(data: TrainingData, *, with_profile: bool, seed: int = 0) -> Blend:
    """The default recipe for data of this size, chosen on products hidden from the data."""
    left, task = hold_out(data, seed=seed)
    start = default_recipe(len(data.rows), data.n_products, with_profile=with_profile, seed=seed)
    return choose_recipe(start, left, task, seed=seed).blend


def hold_out(
    data: TrainingData, n_creators: int = MOST_CREATORS, *, share: float = SHARE, seed: int = 0
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
    left = learned_from(data, ~hidden, data.trend)
    return left, hidden_task(left.rows, entries(affinity, hidden), everything(data)).only(chosen)


def learned_from(data: TrainingData, shown: Bool, trend: np.ndarray) -> TrainingData:
    """The data with the entries of the affinity that are `shown`, and another trend."""
    rows = CreatorRows(entries(data.rows.affinity, shown), data.rows.attributes)
    return TrainingData(rows, data.product_attributes, trend)


def hidden_task(rows: CreatorRows, relevant: CSR, eligible: Bool) -> EvaluationTask:
    """The task of all creators, whose known products are barred."""
    return EvaluationTask(rows, rows.affinity, relevant, eligible, {}, {})


def everything(data: TrainingData) -> Bool:
    """All products, as eligible."""
    return np.ones(data.n_products, dtype=np.bool_)


def entries(matrix: CSR, chosen: Bool) -> CSR:
    """The stored entries of a matrix that are `chosen`, one flag an entry."""
    rows: Int64 = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return csr(matrix.data[chosen], rows[chosen], matrix.indices[chosen], matrix.shape)
