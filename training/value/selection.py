"""How much better pairs sell because their creators chose them: what is told of others must do without it.

Creators choose by what they know of a pair, and we see only part of it. Among pairs of alike features let the
rest of the log of what a pair sells be u ~ N(0, v), and let log odds of a choice rise by a·u. Then u of the
chosen is N(a·v, v): what was learned from them is too high by a·v for pairs that nobody chose (Heckman,
"Sample Selection Bias as a Specification Error", 1979). v shows in how far pairs' units a view stray beyond
chance. a does not show on u, but on the part of the log that features tell: what is unseen is taken to move
choices as what is seen does (Altonji, Elder and Taber, "Selection on Observed and Unobserved Variables",
2005).

Who had no history when a promotion began has begun to post since: its first pairs were chosen among all, and
contents followed. Of those who never posted neither is known, so that over pairs that nobody chose they are
told no more a view than others are.
"""

from typing import Final

import numpy as np

from features.estimators.gamma_poisson import GammaPoisson
from features.estimators.groups import summed, typical
from features.estimators.tally import Tally
from recsys.arrays import Bool, Float32, Float64, Int32, sums_by
from recsys.value.context import FEATURES, PAIR_FEATURES
from recsys.value.model import UnitsModel
from recsys.value.untried import WITHOUT_HISTORY, Untried
from training.value.choices import ChoiceSets, Pull
from training.value.examples import Examples

# Of a market of which nobody knows more a pair is told no less than a fifth of what a chosen one is.
MOST: Final = 1.6
# The assumption is no measurement: what is taken off is known to about half of itself.
DOUBT: Final = 0.5
_TASTE: Final = np.array(
    [FEATURES.index(name) for name in PAIR_FEATURES if name not in ("log_demand", "tried", "log_expected")]
)
_SKILL, _IN_CATEGORY = FEATURES.index("log_skill"), FEATURES.index("log_category_skill")
_REACH: Final = FEATURES.index("log_reach")


def untried(model: UnitsModel, examples: Examples, mean: Float64, pull: Pull) -> Untried:
    """What is to be told of pairs that nobody chose; each `mean` is by a model that has not seen its row."""
    choices = examples.choices
    if not len(choices) or not any((seen > 0).any() for seen in (examples.views, examples.clicks)):
        return Untried.as_chosen()
    lean = min(MOST, pull.told * unseen_variance(examples, mean))
    blur, blur_new = DOUBT * lean, DOUBT * lean
    lean_new = lean
    new = choices.features[:, 0, WITHOUT_HISTORY] > 0
    if new.any() and not new.all():
        lean_new += max(0.0, _level(model, choices, new) - _level(model, choices, ~new))
        # Less is told of creators without history, so as much more of the same taste stays unseen.
        told = taste(model, choices.features)
        unseen = max(0.0, _variance(told[~new]) - _variance(told[new]))
        blur_new = float(np.hypot(blur, np.sqrt(unseen)))
    return Untried(lean=lean, lean_new=lean_new, blur=blur, blur_new=blur_new)


def taste(model: UnitsModel, features: Float32) -> Float64:
    """The part of the log mean that tells a creator's pairs apart, from features (… × `FEATURES`)."""
    within = np.clip(features.astype(np.float64), model.low, model.high)
    standardised = (within - model.centre) / model.scale
    told: Float64 = standardised[..., _TASTE] @ model.coefficients[_TASTE]
    return told + within[..., _IN_CATEGORY] - within[..., _SKILL]


def unseen_variance(examples: Examples, mean: Float64) -> float:
    """Variance between pairs of the log of units a view, beyond chance, their mean, product and creator.

    Views are divided out, since their luck is the content's. Where none are reported it lies between that of
    units a click, in which what taste does to clicks is missing, and that of units a promotion, in which the
    luck is: the geometric mean is taken.
    """
    reach = np.exp(examples.features[:, _REACH].astype(np.float64))
    units, views, clicks = examples.units, examples.views, examples.clicks
    # Units beyond the views or clicks were sold elsewhere.
    if (views > 0).any():
        return _variance_beyond(examples, np.minimum(units, views), views * mean / reach)
    a_click = _variance_beyond(examples, np.minimum(units, clicks), clicks)
    return float(np.sqrt(a_click * _variance_beyond(examples, units, mean)))


def _variance_beyond(examples: Examples, units: Float64, expected: Float64) -> float:
    """That of units over what is expected of each promotion, as far as anything is.

    What a product's or a creator's promotions have in common is told of each by the others: a few would
    explain themselves away.
    """
    seen = expected > 0
    tally = _around_typical(Tally.undecayed(units[seen], expected[seen]))
    for groups in (examples.products[seen], examples.creators[seen]):
        tally = tally.expecting(_common_to_others(tally, groups))
    observed, expected = tally.counts()
    shape = GammaPoisson.fitted(observed, expected, np.ones(len(observed))).shape
    return float(np.log1p(1.0 / shape))


def _common_to_others(tally: Tally, groups: Int32) -> Float64:
    """As a multiple of what is expected, what the other entries of each one's group come to."""
    n_groups = int(groups.max(initial=-1)) + 1
    observed, expected = summed(GammaPoisson, tally, groups, n_groups).counts()
    shape = GammaPoisson.fitted(observed, expected, np.ones(n_groups)).shape
    whole = sums_by(groups, tally.exposure, n_groups)
    # In the sums of groups whales weigh less: an entry's part in them is taken to be that of all.
    weight = np.divide(expected, whole, out=np.zeros(n_groups), where=whole > 0)[groups]
    others = (
        np.maximum(total[groups] - weight * own, 0.0)
        for total, own in ((observed, tally.observed), (expected, tally.exposure))
    )
    return GammaPoisson(np.ones(len(groups)), shape).posterior(*others)


def _around_typical(tally: Tally) -> Tally:
    return tally.expecting(typical(GammaPoisson, tally))


def _level(model: UnitsModel, choices: ChoiceSets, of: Bool) -> float:
    """The log of what a view is told to sell, over what those creators might have chosen."""
    features = choices.features[of, 1:][choices.allowed[of, 1:]]
    views = np.exp(features[:, _REACH].astype(np.float64)).sum()
    return float(np.log(model.mean(features).sum() / views))


def _variance(told: Float64) -> float:
    """Over what might have been chosen, not what was."""
    return float(told[:, 1:].var())
