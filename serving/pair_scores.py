"""The best of some products for each of some creators, without ever holding all their scores."""

from collections.abc import Sequence

import numpy as np

from recsys.arrays import Float32, Int32
from recsys.batches import batches
from serving.loaded import LoadedRelease
from serving.rules import Rule, allowed_pairs

BARRED = np.float32(-np.inf)


def best_products(
    release: LoadedRelease, rules: Sequence[Rule], creators: Int32, products: Int32, each: int = 1
) -> tuple[Float32, Int32]:
    """Scores and indexes of the `each` best allowed products of each creator: both len(creators) × each.

    Best first; -inf and -1 where fewer are allowed.
    """
    model, view = release.payload.model, release.view_of(creators)
    scores = np.full((len(creators), each), BARRED, dtype=np.float32)
    chosen = np.full((len(creators), each), -1, dtype=np.int32)
    # A batch holds its scores (× creators) and the weights of an item–item part (× catalog).
    for batch in batches(len(products), max(len(creators), model.n_products)):
        inside = products[batch]
        allowed = allowed_pairs(release, rules, creators, inside)
        new = np.where(allowed, model.score_products(view, inside), BARRED)
        names = np.where(allowed, inside[np.newaxis], np.int32(-1))
        scores, chosen = _best(np.hstack([scores, new]), np.hstack([chosen, names]), each)
    return scores, chosen


def _best(scores: Float32, names: Int32, each: int) -> tuple[Float32, Int32]:
    """The `each` greatest of each row, best first, equal ones by their place."""
    # Most requests want one of each, of very many creators: no need to sort them.
    columns = (
        scores.argmax(axis=1)[:, np.newaxis]
        if each == 1
        else np.argsort(-scores, axis=1, kind="stable")[:, :each]
    )
    return np.take_along_axis(scores, columns, axis=1), np.take_along_axis(names, columns, axis=1)
