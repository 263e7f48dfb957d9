"""What whole lists are ranked by."""

import numpy as np

from recsys.arrays import Float32, Float64, Int64
from recsys.batches import batches
from recsys.candidates import FEATURE_CELLS
from recsys.value.model import ValueModel


def earnings_of_all(values: ValueModel, scores: Float32, creators: Int64) -> Float64:
    """Earnings of every product for some creators: n × products, like their `scores`."""
    n_products = scores.shape[1]
    everything = np.arange(n_products, dtype=np.int32)
    worth = np.empty(scores.shape)
    for batch in batches(len(scores), n_products * FEATURE_CELLS):
        some = creators[batch].astype(np.int32)
        pairs = np.repeat(some, n_products), np.tile(everything, len(some))
        worth[batch] = values.outlook(*pairs, scores[batch].ravel()).earnings.reshape(-1, n_products)
    return worth
