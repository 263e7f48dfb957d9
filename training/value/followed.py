"""What promotions that followed a list came to corrects what is told of pairs that nobody chose.

On a first night that is an assumption (`training.value.selection`), here it is the prior: the lean and the
slope are normal around what was assumed, and the likelihood is that of the counts of promotions of listed
pairs. Few of them move little. Promotions by creators who had no history say nothing of those who never post,
and what is further taken off these stays as assumed.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from recsys.arrays import Float64
from recsys.value.model import UnitsModel
from recsys.value.untried import WITHOUT_HISTORY, Untried
from training.value.choices import Pull
from training.value.examples import Examples

# Deviations of the prior: of the lean at least, and of the slope.
LEAST_DOUBT: Final = 0.15
SLOPE_DOUBT: Final = 0.15
# Whatever is found, listed pairs sell something.
_LEAST: Final = 0.05


def corrected(model: UnitsModel, examples: Examples, pull: Pull) -> UnitsModel:
    """The model with `untried` moved by the promotions of listed pairs, of which a share followed the list.

    A listed pair that would have been promoted anyway sells as the chosen do. With a share s of all
    promotions being their creators' own, and p of the listed ones not, the mean of the listed is
    `exp(-lean) + (1 - p) · (1 - exp(-lean)) / s` times the mean as learned, of all promotions together.
    """
    followed = pull.followed
    own = 1.0 - followed * float(examples.listed[examples.is_over].mean())
    assumed = _less_chosen(model.untried, own)
    # Of what began a moment ago nothing is expected yet.
    listed = examples.listed & (examples.features[:, WITHOUT_HISTORY] == 0) & (examples.share > 0)
    if not listed.any() or followed == 0.0:
        return replace(model, untried=assumed)
    mean, units, share = model.mean(examples.features[listed]), examples.units[listed], examples.share[listed]
    shape, logs = model.around(mean).shape, np.log(mean)
    centre, reach = float(logs.mean()), 2.0 * float(logs.std())
    beyond = np.clip(logs - centre, -reach, reach)
    prior = np.array([assumed.lean, 0.0])
    doubt = np.array([max(LEAST_DOUBT, assumed.blur), SLOPE_DOUBT])

    def expected(numbers: Float64) -> Float64:
        lean, slope = numbers.tolist()
        kept = np.exp(slope * beyond - lean)
        of_listed = mean * np.maximum(kept + (1.0 - followed) * (1.0 - kept) / own, _LEAST)
        so_far: Float64 = share * of_listed
        return so_far

    def loss(strayed: Float64) -> float:
        likelihood = log_likelihood(units, expected(prior + doubt * strayed), shape).sum()
        return 0.5 * float(strayed @ strayed) - float(likelihood)

    numbers = prior + doubt * minimize(loss, np.zeros(2), method="BFGS").x
    lean, slope = numbers.tolist()
    more = assumed.lean_new - assumed.lean
    # Fisher's information of the log of each mean, of which a share speaks of the lean.
    told = expected(numbers)
    known = followed**2 * float((told * shape / (told + shape)).sum())
    blur = float(doubt[0] / np.sqrt(1.0 + doubt[0] ** 2 * known))
    unseen = max(0.0, assumed.blur_new**2 - assumed.blur**2)
    return replace(
        model,
        untried=Untried(lean, lean + more, slope, centre, reach, blur, float(np.sqrt(blur**2 + unseen))),
    )


def log_likelihood(units: Float64, mean: Float64, shape: Float64) -> Float64:
    """Of negative binomial counts."""
    ways = gammaln(units + shape) - gammaln(shape) - gammaln(units + 1.0)
    found: Float64 = ways + shape * np.log(shape / (shape + mean)) + units * np.log(mean / (shape + mean))
    return found


def _less_chosen(untried: Untried, own: float) -> Untried:
    """The same where of the promotions that were learned from only a share was chosen."""
    lean = float(np.log1p(own * np.expm1(untried.lean)))
    return replace(untried, lean=lean, lean_new=untried.lean_new - untried.lean + lean)
