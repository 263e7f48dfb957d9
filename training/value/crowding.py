"""How the sales of a promotion fall with those who promote the product too, learned from history."""

from typing import Final

import numpy as np

from features.crowding import CrowdedDays
from recsys.arrays import Float64, sums_by
from recsys.clearing.crowd import PLACES, Crowd

# Halving points that are tried, as multiples of the mean crowd: from a twentieth to thirty, and what falls
# less is not told from what does not fall.
_TRIED: Final = np.geomspace(0.05, 30.0, 30)
_RESAMPLES: Final = 200
# Products are resampled in so many blocks at most.
_BLOCKS: Final = 2_000
# Sales are held to fall where they do in all but this share of resamples.
_DOUBT: Final = 0.02


def learn_crowd(seen: CrowdedDays, n_creators: int) -> Crowd:
    """From what contents brought, and how many creators may be given a list."""
    each = float(seen.promoting.sum()) / max(n_creators, 1)
    followed = min(max(each, 1e-3) / PLACES, 1.0)
    return Crowd(halved_at(seen), seen.promoting, followed)


def halved_at(seen: CrowdedDays) -> float:
    """By what crowd sales are halved, infinite where they do not surely fall with it.

    Compared are contents of one product on one day: those that were posted when few promoted it, and those
    posted among many. So neither what makes a product popular plays a part, nor fashion, nor the season.
    """
    if not (seen.taken > 0).any():
        return np.inf
    width = int(seen.days.max()) + 1
    _, groups = np.unique(seen.products.astype(np.int64) * width + seen.days, return_inverse=True)
    mean_crowd = float((seen.crowd * seen.taken).sum() / seen.taken.sum())
    points = np.append(max(mean_crowd, 1.0) * _TRIED, np.inf)
    likelihood = np.column_stack([_log_likelihood(seen, at, groups) for at in points])
    n = len(likelihood)
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1.0 / n), size=_RESAMPLES)
    best = (weights @ likelihood).argmax(axis=1)
    if np.mean(best == len(points) - 1) > _DOUBT:
        return np.inf
    return float(points[int(likelihood.sum(axis=0).argmax())])


def _log_likelihood(seen: CrowdedDays, at: float, groups: np.ndarray) -> Float64:
    """By block of products, of how what was taken of a group divides among its entries (multinomial)."""
    expected = seen.chances / (1.0 + seen.crowd / at)
    share = expected / sums_by(groups, expected, int(groups.max()) + 1)[groups]
    blocks = seen.products % _BLOCKS
    return sums_by(blocks, seen.taken * np.log(np.maximum(share, 1e-12)), int(blocks.max()) + 1)
