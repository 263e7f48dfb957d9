"""What whole lists are ranked by: earnings within the support of the value model, scores below it."""

from typing import Final

import numpy as np

from recsys.arrays import Float32, Float64, Int64
from recsys.batches import batches
from recsys.value.model import ValueModel

# Cells that the features of one pair and their transforms take.
FEATURE_CELLS: Final = 100


def earnings_within_support(values: ValueModel, scores: Float32, creators: Int64) -> Float64:
    """Worth of every product for some creators, as serving ranks: n × products, like their `scores`.

    What scores below the support is worth less than all else, and ranked by its score.
    """
    worth: Float64 = scores.astype(np.float64) - scores.max() - 1.0
    rows, products = np.nonzero(scores >= values.support)
    for batch in batches(len(rows), FEATURE_CELLS):
        row, product = rows[batch], products[batch]
        pairs = creators[row].astype(np.int32), product.astype(np.int32)
        worth[row, product] = values.earnings(*pairs, scores[row, product])
    return worth
