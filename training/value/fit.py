"""Fits the value model: a regression of counts, calibrated on creators that it has not seen."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import GroupKFold

from recsys.arrays import Float32, Float64, Int64
from recsys.value.counts import chance_of_any, cumulative, logit
from recsys.value.model import OFFSET, UnitsModel
from training.value.examples import Examples

# With fewer promotions, or creators to fold by, nothing can be told of what promotions bring.
FEWEST: Final = 200
FOLDS: Final = 3
PENALTY: Final = 0.1
# Above this quantile a count says more of luck than of the pair.
WINSOR: Final = 0.995
STEPS: Final = 4
COVERAGE: Final = 0.8
# A level beyond these tells of a few promotions rather than of all.
LEVELS: Final = (0.6, 0.85)
# Features are logarithms and the like: less than this is no difference, however much it seems to explain.
LEAST_SPREAD: Final = 0.01


def can_fit(examples: Examples) -> bool:
    """Are there enough promotions and creators, with and without a sale in what each fold learns from."""
    sold = examples.units > 0
    if len(examples) < FEWEST or len(np.unique(examples.creators)) < 4 * FOLDS:
        return False
    return all(FOLDS <= sold[learn].sum() <= len(learn) - FOLDS for learn, _ in _folds(examples))


def fit_units(examples: Examples) -> UnitsModel:
    """Fit on all examples; calibrated on predictions for creators that a fold's model has not seen."""
    mean = _unseen_means(examples)
    model = _fit_mean(examples.features, examples.units)
    return _calibrated(model, mean, examples.units)


def _folds(examples: Examples) -> Iterator[tuple[Int64, Int64]]:
    """Places to learn from and places of creators that are unseen there."""
    yield from GroupKFold(FOLDS).split(examples.units, groups=examples.creators)


def _unseen_means(examples: Examples) -> Float64:
    mean = np.empty(len(examples))
    for learn, unseen in _folds(examples):
        fold = _fit_mean(examples.features[learn], examples.units[learn])
        mean[unseen] = fold.mean(examples.features[unseen])
    return mean


def _fit_mean(features: Float32, units: Float64) -> UnitsModel:
    """Poisson regression with `log_expected` as offset, weighted as if negative binomial.

    An offset is a weight on rates: the likelihood of counts y with mean E·μ is that of y / E with weight E.
    Dividing the weights by `1 + φ·mean` gives the estimating equations of the negative binomial of
    variance `mean + φ·mean²` (McCullagh and Nelder, "Generalized Linear Models", 1989, ch. 9), so that a
    few viral videos do not decide alone.
    """
    # Where hardly any promotion sells, the quantile is 0: a sale still counts as one.
    counted = np.minimum(units, max(1.0, float(np.quantile(units, WINSOR))))
    centre, scale = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    scale = np.maximum(scale, LEAST_SPREAD)
    standardised = (features - centre) / scale
    standardised[:, OFFSET] = 0.0
    expected = np.exp(features[:, OFFSET].astype(np.float64))
    # To the scale of the counts, lest the penalty weigh more where few promotions sell.
    scale_up = counted.sum() / expected.sum()
    expected *= scale_up
    mean = expected
    for _ in range(STEPS):
        weights = expected / (1.0 + _overdispersion(counted, mean) * mean)
        regression = PoissonRegressor(alpha=PENALTY, solver="newton-cholesky", max_iter=100)
        regression.fit(standardised, counted / expected, sample_weight=weights)
        mean = expected * regression.predict(standardised)
    # Winsorised and weighted, the total is a little off; totals must reconcile.
    intercept = float(regression.intercept_ + np.log(scale_up * units.sum() / mean.sum()))
    return UnitsModel(centre, scale, regression.coef_, intercept, 1.0, 1.0, 0.0, COVERAGE)


def _overdispersion(units: Float64, mean: Float64) -> float:
    """φ of the variance `mean + φ·mean²`, by moments."""
    excess = float((np.square(units - mean) - mean).sum())
    return max(0.05, excess / float(np.square(mean).sum()))


def _calibrated(model: UnitsModel, mean: Float64, units: Float64) -> UnitsModel:
    """Shape, log odds and interval such that they hold for rows that the model has not seen."""
    total = float(units.sum() / mean.sum())
    mean = mean * total
    sold = units > 0
    shape = _shape(mean, sold)
    odds = logit(chance_of_any(mean, shape))
    platt = LogisticRegression(C=np.inf).fit(odds[:, np.newaxis], sold)
    stretch, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    if stretch <= 0:
        # So little was told by the means that more would be taken for less likely to sell at all.
        stretch, shift = 1.0, 0.0
    model = replace(model, shape=shape, stretch=stretch, shift=shift)
    return replace(model, level=_level(model, mean, units))


def _shape(mean: Float64, sold: np.ndarray) -> float:
    """The shape with which as many promotions sell at all as did."""
    low, high = np.log(0.01), np.log(100.0)
    for _ in range(50):
        middle = (low + high) / 2
        if chance_of_any(mean, float(np.exp(middle))).sum() < sold.sum():
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def _level(model: UnitsModel, mean: Float64, units: Float64) -> float:
    """The level at which the interval holds `COVERAGE` of the counts.

    An interval that leaves out b below holds a count y if `F(y) ≥ b` and `F(y - 1) < b + level`, so the
    distribution function says of each count from which level on it is held. Where intervals begin depends a
    little on the level: once it is known they are looked at again.
    """
    before, upto = (cumulative(count, mean, model.shape) for count in (units - 1.0, units))
    for _ in range(2):
        below, _, _ = model.shortest(mean)
        held_from = np.sort(np.where(upto >= below, before - below, np.inf))
        level = float(held_from[int(COVERAGE * len(held_from))])
        model = replace(model, level=min(max(level, LEVELS[0]), LEVELS[1]))
    return model.level
