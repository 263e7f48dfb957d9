"""Fits the value model: a regression of counts, calibrated on creators that it has not seen."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import PoissonRegressor
from sklearn.model_selection import GroupKFold

from recsys.arrays import Bool, Float32, Float64, Int64
from recsys.value.context import FEATURES
from recsys.value.counts import chance_of_any
from recsys.value.model import OFFSET, STRAYS, UnitsModel, straying
from recsys.value.untried import Untried
from training.value.choices import pull_of
from training.value.examples import Examples
from training.value.followed import corrected
from training.value.selection import taste, untried

# With fewer promotions, or creators to fold by, nothing can be told of what promotions bring.
FEWEST: Final = 200
FOLDS: Final = 3
PENALTY: Final = 0.1
# Above this quantile a count says more of luck than of the pair.
WINSOR: Final = 0.995
STEPS: Final = 4
# Between these quantiles of what was learned from features count.
RANGE: Final = (0.005, 0.995)
SLOPE_PENALTY: Final = 0.5
SCORE: Final = FEATURES.index("score")
# Features are logarithms and the like: less than this is no difference, however much it seems to explain.
LEAST_SPREAD: Final = 0.01


def can_fit(examples: Examples) -> bool:
    """Are there enough promotions and creators, with and without a sale in what each fold learns from."""
    sold = examples.units > 0
    if len(examples) < FEWEST or len(np.unique(examples.creators)) < 4 * FOLDS:
        return False
    return all(FOLDS <= sold[learn].sum() <= len(learn) - FOLDS for learn, _ in _folds(examples))


def fit_units(all_examples: Examples) -> UnitsModel:
    """Fit on those that are over; how counts stray is told by creators that a fold's model has not seen.

    The others tell, by what they sold so far, what promotions come to that follow lists.
    """
    examples = all_examples.over()
    mean = _unseen_means(examples)
    model = _fit_mean(examples.features, examples.units)
    mean *= _scale(examples.units, mean)
    model = replace(model, strays=_strays(mean, examples.units > 0))
    pull = pull_of(examples.choices, taste(model, examples.choices.features))
    model = replace(model, untried=untried(model, examples, mean, pull))
    return corrected(model, all_examples, pull)


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
    low, high = _range(features)
    within = np.clip(features.astype(np.float64), low, high)
    centre, scale = within.mean(axis=0), within.std(axis=0)
    standardised = (within - centre) / np.maximum(scale, LEAST_SPREAD)
    standardised[:, OFFSET] = 0.0
    # Less is no difference, however much it seems to explain.
    standardised[:, scale < LEAST_SPREAD] = 0.0
    expected = np.exp(within[:, OFFSET])
    # To the scale of the counts, lest the penalty weigh more where few promotions sell.
    scale_up = counted.sum() / expected.sum()
    expected *= scale_up
    mean = expected
    for _ in range(STEPS):
        weights = expected / (1.0 + _overdispersion(counted, mean) * mean)
        regression = PoissonRegressor(alpha=PENALTY, solver="newton-cholesky", max_iter=100)
        # A first step may go too far, and be taken back.
        with np.errstate(over="ignore", invalid="ignore"):
            regression.fit(standardised, counted / expected, sample_weight=weights)
        mean = expected * regression.predict(standardised)
    if regression.coef_[SCORE] > 0:
        # What was learned from stands high on lists, by choice or in the place of what is not seen. Were all
        # below told like the least of it, the rest of the catalog would be ranked by price.
        low[SCORE] = -np.inf
    intercept = float(regression.intercept_ + np.log(scale_up * _scale(units, mean)))
    return UnitsModel(
        centre=centre,
        scale=np.maximum(scale, LEAST_SPREAD),
        coefficients=regression.coef_,
        low=low,
        high=high,
        intercept=intercept,
        strays=np.array([0.0, 0.0, 0.0, 0.0]),
        untried=Untried.as_chosen(),
    )


def _range(features: Float32) -> tuple[Float64, Float64]:
    """Between which features were learned: nearly all, and of what was expected all."""
    low, high = np.quantile(features.astype(np.float64), RANGE, axis=0)
    low[OFFSET], high[OFFSET] = features[:, OFFSET].min(), features[:, OFFSET].max()
    return low, high


def _scale(units: Float64, mean: Float64) -> float:
    """What means have to be multiplied by: totals reconcile, each promotion weighing by how well it tells.

    The sum as it is would be decided by the luck of the largest creators: with a variance of `mean + φ·mean²`
    a promotion says as much of the scale as `1 / (1 + φ·mean)` of its units.
    """
    scale = float(units.sum() / mean.sum())
    for _ in range(STEPS):
        weights = 1.0 / (1.0 + _overdispersion(units, scale * mean) * scale * mean)
        scale = float((weights * units).sum() / (weights * mean).sum())
    return scale


def _overdispersion(units: Float64, mean: Float64) -> float:
    """φ of the variance `mean + φ·mean²`, by moments."""
    excess = float((np.square(units - mean) - mean).sum())
    return max(0.05, excess / float(np.square(mean).sum()))


def _strays(mean: Float64, sold: Bool) -> Float64:
    """How φ depends on the mean, such that as many promotions sell at all as did, whatever their mean.

    By maximum likelihood of whether a promotion sells, that is, of its chance; with a ridge on the slope,
    which is not above 0, so that of two means the greater is the likelier to sell.
    """
    least, most = np.quantile(np.log(mean), RANGE).tolist()

    def loss(numbers: Float64) -> float:
        shape = straying(mean, np.array([*numbers, least, most]))
        chance = np.clip(chance_of_any(mean, shape), 1e-12, 1.0 - 1e-12)
        likelihood = float(np.where(sold, np.log(chance), np.log1p(-chance)).sum())
        return SLOPE_PENALTY * float(numbers[1] ** 2) - likelihood

    found = minimize(loss, np.array([0.5, 0.0]), method="Powell", bounds=(STRAYS, (-1.0, 0.0)))
    return np.array([*found.x, least, most])
