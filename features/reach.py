"""How many views a content of each creator has: its reach."""

from collections.abc import Mapping

import numpy as np

from features.estimators.credibility import smoothed_means
from recsys.arrays import Float64


def creator_reach(stats: Mapping[str, Float64], log_followers: Float64) -> Float64:
    """Views of a content: a creator's own mean, leaning on what its number of followers suggests."""
    watched = stats["watched"] > 0
    if watched.sum() < 2 or not stats["views"].any():
        return np.ones(len(log_followers))
    mean = np.maximum(stats["views"][watched] / stats["watched"][watched], 0.5)
    slope, intercept = _line(log_followers[watched], np.log(mean), stats["watched"][watched])
    # A line through a few alike creators can be steep, and says nothing of those beyond them.
    seen = log_followers[watched]
    prior = np.exp(intercept + slope * np.clip(log_followers, seen.min(), seen.max()))
    # A mean of logs is below the log of the mean: the prior is scaled to the views there are.
    prior *= stats["views"].sum() / (prior * stats["watched"]).sum()
    return smoothed_means(stats["views"], stats["squared_views"], stats["watched"], prior)


def _line(x: Float64, y: Float64, weights: Float64) -> tuple[float, float]:
    """Slope and intercept of the weighted least-squares line."""
    mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
    spread = float((weights * (x - mean_x) ** 2).sum())
    slope = float((weights * (x - mean_x) * (y - mean_y)).sum()) / spread if spread > 0 else 0.0
    return slope, float(mean_y - slope * mean_x)
