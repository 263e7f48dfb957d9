"""Which pairs stood on lists that creators were shown."""

import numpy as np

from features.snapshot import Snapshot
from recsys.arrays import CSR, csr


def shown_pairs(known: Snapshot, begin: int, end: int) -> CSR:
    """Creators × products: 1 for pairs on a list shown at `begin` ≤ time < `end` (microseconds of UTC)."""
    table = known.engine.table(f"""
        SELECT DISTINCT creator_index, product_index FROM {known.impressions}
        WHERE shown_at >= {begin} AND shown_at < {end} ORDER BY 1, 2
    """)
    cells = table["creator_index"].to_numpy(), table["product_index"].to_numpy()
    return csr(np.ones(len(table)), *cells, known.shape)


def first_shown(known: Snapshot, begin: int, end: int) -> int | None:
    """When the first list of `begin` ≤ time < `end` was shown (microseconds of UTC); None where none was."""
    table = known.engine.table(f"""
        SELECT MIN(shown_at) AS first FROM {known.impressions}
        WHERE shown_at >= {begin} AND shown_at < {end}
    """)
    first: int | None = table["first"][0].as_py()
    return first
