"""Which creators and products a figure is reported for."""

from collections.abc import Mapping

import numpy as np

from recsys.arrays import CSR, Bool, column_sums

SMALL, ESTABLISHED = 1, 5


def creator_segments(affinity: CSR) -> Mapping[str, Bool]:
    """Creators by how many products their row holds: none (new), 1–4 (small), 5 and more (established)."""
    known = np.diff(affinity.indptr)
    return {
        "new creators": known < SMALL,
        "small creators": (known >= SMALL) & (known < ESTABLISHED),
        "established creators": known >= ESTABLISHED,
    }


def product_segments(affinity: CSR) -> Mapping[str, Bool]:
    """Products by share of all affinity: the fewest that hold half of it (head), and the rest (tail)."""
    totals = column_sums(affinity)
    order = np.argsort(-totals, kind="stable")
    before = np.cumsum(totals[order]) - totals[order]
    head = np.zeros(len(totals), dtype=np.bool_)
    head[order[before < totals.sum() / 2]] = True
    return {"head products": head, "tail products": ~head}
