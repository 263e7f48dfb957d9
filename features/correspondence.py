"""What creators specialise in: which categories they promote more than the market does."""

from typing import Final

import numpy as np

from features.side_map import SideMap
from recsys.arrays import CSR, Float64, column_sums
from recsys.models.sparse import degree_normalised
from recsys.value.specialty import Specialty

MOST_DIRECTIONS: Final = 32


def fit_specialty(counts: CSR, attributes: CSR) -> Specialty:
    """Correspondence analysis of creators × categories, with a prior from the creators' attributes.

    `counts` says how many products of each category each creator has promoted, n in all by a creator, a
    share π of them in a category. Were there no specialties, the residuals `(counts - n π) / √(n π)` would
    have a variance of one; so directions of a singular value below `√creators + √categories`, the edge
    of Marchenko and Pastur, are noise and left out (Greenacre, "Correspondence Analysis in Practice", 2007).
    To each creator's own factors those are added that its `attributes` (creators × values) suggest by ridge
    regression: all there is of a creator without history.
    """
    factors, directions = _residual_factors(counts)
    told = SideMap.of(attributes, np.abs(factors).sum(axis=1) > 0).told(factors)
    weights = np.zeros(counts.shape[1])
    share = column_sums(counts) / max(float(counts.sum()), 1.0)
    np.power(share, -0.5, out=weights, where=share > 0)
    categories = directions * weights[:, np.newaxis]
    return Specialty((factors + told).astype(np.float32), categories.astype(np.float32))


def _residual_factors(counts: CSR) -> tuple[Float64, Float64]:
    """Creators (n × d) and categories (m × d) on the directions that are more than noise."""
    from sklearn.utils.extmath import randomized_svd

    total = float(counts.sum())
    active = int((np.diff(counts.indptr) > 0).sum())
    rank = min(MOST_DIRECTIONS + 1, active, counts.shape[1])
    if rank < 2:
        return np.zeros((counts.shape[0], 0)), np.zeros((counts.shape[1], 0))
    normalised = degree_normalised(counts, 0.5, 0.5)
    _, strengths, directions = randomized_svd(normalised, rank, n_oversamples=16, n_iter=6, random_state=0)
    # The first direction holds the shares themselves, which the residuals are without.
    edge = np.sqrt(active) + np.sqrt((column_sums(counts) > 0).sum())
    kept = 1 + np.flatnonzero(strengths[1:] * np.sqrt(total) > edge)
    chosen = directions[kept].T.astype(np.float64)
    return np.asarray(normalised @ chosen, dtype=np.float64) * np.sqrt(total), chosen
