"""Past promotions whose outcomes come from a model that is known."""

import numpy as np

from recsys.arrays import Float32, Float64
from recsys.value.context import FEATURES
from recsys.value.model import OFFSET
from recsys.value.untried import TRIED, WITHOUT_HISTORY
from training.value.activity import Activity
from training.value.choices import ChoiceSets
from training.value.examples import Examples

SHAPE = 0.8
N_CREATORS = 150


def features(n: int, seed: int = 0) -> Float32:
    """Random features, which expect a few tenths of a unit."""
    found = np.random.default_rng(seed).normal(0, 0.7, (n, len(FEATURES)))
    found[:, OFFSET] -= 1.0
    found[:, [TRIED, WITHOUT_HISTORY]] = 0.0
    return found.astype(np.float32)


def true_mean(rows: Float32) -> Float64:
    """What was expected, more so for a high score, and twice as much for those with many followers."""
    score, followers = rows[:, FEATURES.index("score")], rows[:, FEATURES.index("log_followers")]
    log_mean = rows[:, OFFSET] + 0.5 * score.astype(np.float64) + np.log(2.0) * (followers > 0.5)
    mean: Float64 = np.exp(log_mean)
    return mean


def drawn_units(mean: Float64, seed: int = 0, shape: float = SHAPE) -> Float64:
    """Negative binomial counts."""
    drawn = np.random.default_rng(seed).negative_binomial(shape, shape / (shape + mean))
    return drawn.astype(np.float64)


def examples(rows: Float32, units: Float64, n_creators: int = N_CREATORS) -> Examples:
    """Promotions of creators in turn, of a product each, sold at 10 with a commission of a tenth."""
    n = len(units)
    return Examples(
        features=rows,
        creators=np.sort(np.arange(n, dtype=np.int32) % n_creators),
        products=np.arange(n, dtype=np.int32),
        scores=rows[:, FEATURES.index("score")],
        units=units,
        net_units=units,
        amount=10 * units,
        commission=units,
        views=np.zeros(n),
        clicks=np.zeros(n),
        listed=np.zeros(n, dtype=np.bool_),
        share=np.ones(n),
        known_creators=np.ones(n, dtype=np.int64),
        known_products=np.ones(n, dtype=np.int64),
        choices=ChoiceSets.none(),
        activity=Activity.none(),
    )


def drawn(n: int, seed: int = 0, n_creators: int = N_CREATORS) -> Examples:
    """Promotions drawn from the known model."""
    rows = features(n, seed)
    return examples(rows, drawn_units(true_mean(rows), seed), n_creators)
