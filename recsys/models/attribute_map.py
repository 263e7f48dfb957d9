"""Factors of products that are new or rare: what their attributes tell, until their own sales do."""

import numpy as np

from recsys.arrays import CSR, Float32, Float64, Int64
from recsys.models.sparse import most_frequent, scale_rows

# The system to solve is dense, attributes × attributes: 128 MiB at the most.
MOST_ATTRIBUTES = 4_096


def with_attributes(
    factors: Float32, attributes: CSR, sellers: Int64, *, evidence: float, penalty: float
) -> Float32:
    """Factors drawn towards the map of the products' attributes, the more the fewer `sellers` they have.

    `y'_p = n/(n + evidence) · y_p + evidence/(n + evidence) · (b + a_p W)`, with n the creators that p was
    learned from, and W, b the ridge regression of the factors (products × f) on the attributes (products ×
    values), each product weighed by n/(n + evidence): the feature map of LightFM (Kula, 2015), in closed
    form after the factors. Of more than `MOST_ATTRIBUTES` values the most frequent count. Without
    attributes the factors stay as they are.
    """
    if not attributes.nnz:
        return factors
    trust = sellers / (sellers + evidence)
    chosen = attributes[:, most_frequent(attributes, MOST_ATTRIBUTES)]
    told = _predicted(factors.astype(np.float64), chosen, trust, penalty)
    return (trust[:, np.newaxis] * factors + (1 - trust[:, np.newaxis]) * told).astype(np.float32)


def _predicted(factors: Float64, attributes: CSR, trust: Float64, penalty: float) -> Float64:
    """`b + a_p W` of each product; b, the weighted mean, is not penalised."""
    if not trust.sum():
        return factors
    mean = np.average(factors, axis=0, weights=trust)
    weighed = scale_rows(attributes, trust)
    system = np.asarray((attributes.T @ weighed).toarray(), dtype=np.float64)
    diagonal = np.arange(len(system))
    system[diagonal, diagonal] += penalty
    weights = np.linalg.solve(system, np.asarray(weighed.T @ (factors - mean)))
    return np.asarray(mean + attributes @ weights, dtype=np.float64)
