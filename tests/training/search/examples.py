"""A market whose structure is known: creators sell inside a group of their own."""

import numpy as np

from recsys.arrays import csr, empty_csr
from recsys.evaluation import EvaluationTask
from recsys.models.contract import CreatorRows, TrainingData

GROUPS, PER_GROUP, N_PRODUCTS = 6, 20, 120


def market(n_creators: int) -> tuple[TrainingData, EvaluationTask]:
    """Creators sell inside their own group of products; brands say nothing, and all products sell alike."""
    rng = np.random.default_rng(5)
    group = rng.integers(0, GROUPS, size=n_creators)
    sold = np.array([rng.permutation(PER_GROUP)[:6] + PER_GROUP * own for own in group])
    rows = np.repeat(np.arange(n_creators), 4)
    affinity = csr(np.ones(4 * n_creators), rows, sold[:, :4].ravel(), (n_creators, N_PRODUCTS))
    later = csr(
        np.full(2 * n_creators, 3.0),
        np.repeat(np.arange(n_creators), 2),
        sold[:, 4:].ravel(),
        (n_creators, N_PRODUCTS),
    )
    brands = csr(np.ones(N_PRODUCTS), np.arange(N_PRODUCTS), rng.integers(0, 9, N_PRODUCTS), (N_PRODUCTS, 9))
    creators = CreatorRows(affinity, empty_csr((n_creators, 0)))
    data = TrainingData(creators, brands, rng.random(N_PRODUCTS).astype(np.float32))
    eligible = np.ones(N_PRODUCTS, dtype=np.bool_)
    return data, EvaluationTask(creators, affinity, later, eligible, {}, {}).judged()
