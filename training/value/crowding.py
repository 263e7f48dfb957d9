"""How the sales of a promotion fall with those that begin beside it, learned from history."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from features.build import FeatureSet
from features.decay import microseconds
from recsys.arrays import Float64, sums_by
from recsys.clearing.crowd import PLACES, Crowd
from recsys.value.model import UnitsModel
from training.value.examples import Examples
from training.value.windows import WINDOW_DAYS

# Halving points that are tried, as multiples of the mean number that begin to promote a product: from a
# twentieth to thirty, and what falls less is not told from what does not fall.
_TRIED: Final = np.geomspace(0.05, 30.0, 30)
_RESAMPLES: Final = 200
# Sales are held to fall where they do in all but this share of resamples.
_DOUBT: Final = 0.02
# Above this quantile a count says more of luck than of the crowd.
_WINSOR: Final = 0.99


def learn_crowd(examples: Sequence[Examples], units: UnitsModel, now: FeatureSet) -> Crowd:
    """From the promotions of several windows, and what the value model would expect of each.

    Of each product the windows are compared with each other: in which did its promotions sell more than
    expected, those in which few began, or many. So what makes a product popular plays no part; where it
    comes and goes with the crowd, sales seem to fall less than they do.
    """
    horizon, n_products = now.context.horizon, now.affinity.values.shape[1]
    begun = sums_by(now.pairs.product_index, now.pairs.started_at > now.context.as_of - horizon, n_products)
    active = now.creators["is_active"].fill_null(True).to_numpy(zero_copy_only=False)
    each = float(begun.sum()) / max(int(active.sum()), 1)
    followed = min(max(each, 1e-3) / PLACES, 1.0)
    seen = [window for window in examples if len(window) and len(window.choices.allowed)]
    weeks = horizon / microseconds(WINDOW_DAYS)
    found = halved_at(*_by_product(seen, units)) * weeks if len(seen) > 1 else np.inf
    return Crowd(found, begun, followed)


def halved_at(sold: Float64, expected: Float64, crowd: Float64, products: Float64) -> float:
    """Of what crowd sales are halved, infinite where they do not surely fall with it.

    One entry a product and window: what its promotions sold, what was expected of them, and how many began.
    """
    if not (sold > 0).any():
        return np.inf
    _, groups = np.unique(products, return_inverse=True)
    mean_crowd = float((crowd * sold).sum() / sold.sum())
    points = np.append(mean_crowd * _TRIED, np.inf)
    likelihood = np.column_stack(
        [_log_likelihood(sold, expected / (1 + crowd / at), groups) for at in points]
    )
    n = len(likelihood)
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1.0 / n), size=_RESAMPLES)
    best = (weights @ likelihood).argmax(axis=1)
    if np.mean(best == len(points) - 1) > _DOUBT:
        return np.inf
    return float(points[int(likelihood.sum(axis=0).argmax())])


def _by_product(windows: Sequence[Examples], units: UnitsModel) -> tuple[Float64, Float64, Float64, Float64]:
    """Of each product in each window: units, those expected, promotions, and the product."""
    limit = float(np.quantile(np.concatenate([window.units for window in windows]), _WINSOR))
    parts = []
    for window in windows:
        n_products = int(window.products.max()) + 1
        mean = units.of_chosen().mean(window.features)
        sold = sums_by(window.products, np.minimum(window.units, max(limit, 1.0)), n_products)
        expected = sums_by(window.products, mean, n_products)
        crowd = np.bincount(window.products, minlength=n_products).astype(np.float64)
        there = np.flatnonzero(crowd)
        parts.append(np.stack([sold[there], expected[there], crowd[there], there.astype(np.float64)]))
    sold, expected, crowd, products = np.concatenate(parts, axis=1)
    return sold, expected, crowd, products


def _log_likelihood(sold: Float64, expected: Float64, groups: np.ndarray) -> Float64:
    """By group, of how its sales divide among its entries (multinomial: its own level plays no part)."""
    n = int(groups.max(initial=-1)) + 1
    share = expected / sums_by(groups, expected, n)[groups]
    return sums_by(groups, sold * np.log(np.maximum(share, 1e-12)), n)
