"""From any scorer to ranked lists."""

import numpy as np

from recsys import threads
from recsys.arrays import CSR, Bool
from recsys.batches import batches
from recsys.errors import UsageError
from recsys.models.contract import CreatorRows, Scorer
from recsys.threads import in_threads
from recsys.topk import Ranking, top_k


def recommend(
    scorer: Scorer,
    rows: CreatorRows,
    k: int,
    *,
    exclude: CSR | None = None,
    eligible: Bool | None = None,
) -> Ranking:
    """The k best products of each creator row, best first.

    `exclude` (n × products) bars each stored entry for its row; `eligible` (products) bars a product for
    all. A list is shorter than k only where fewer products are left. At most `batches.CELLS` scores
    are in memory at once. Raises `UsageError` for shapes that do not fit the scorer's catalog.
    """
    _check_shapes(scorer, rows, exclude, eligible)

    def ranked(batch: slice) -> Ranking:
        return _recommend_batch(scorer, rows[batch], k, None if exclude is None else exclude[batch], eligible)

    parts = in_threads(ranked, batches(len(rows), scorer.n_products * threads.MOST))
    if not parts:
        return top_k(np.empty((0, scorer.n_products), dtype=np.float32), k)
    return Ranking(
        np.concatenate([part.indices for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )


def _recommend_batch(
    scorer: Scorer, rows: CreatorRows, k: int, exclude: CSR | None, eligible: Bool | None
) -> Ranking:
    scores = scorer.score(rows).copy()
    if exclude is not None:
        barred_rows = np.repeat(np.arange(len(rows)), np.diff(exclude.indptr))
        scores[barred_rows, exclude.indices] = -np.inf
    if eligible is not None:
        scores[:, ~eligible] = -np.inf
    return top_k(scores, k)


def _check_shapes(scorer: Scorer, rows: CreatorRows, exclude: CSR | None, eligible: Bool | None) -> None:
    expected = (len(rows), scorer.n_products)
    if rows.affinity.shape != expected:
        raise UsageError(f"affinity rows have the shape {rows.affinity.shape}, the model needs {expected}")
    if exclude is not None and exclude.shape != expected:
        raise UsageError(f"exclude has the shape {exclude.shape}, the rows need {expected}")
    if eligible is not None and eligible.shape != (scorer.n_products,):
        raise UsageError(f"eligible has the shape {eligible.shape}, the catalog has {scorer.n_products}")
