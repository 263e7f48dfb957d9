"""Rates and shares that lean on their group, which leans on the whole; groups that no whale decides."""

from typing import Final, Protocol, Self

import numpy as np

from features.estimators.tally import Tally
from recsys.arrays import Float64, Int32, Int64

# What is weighed decides the means, and these the weights: so often to and fro.
_ROUNDS: Final = 2


class Prior(Protocol):
    """What entries have in common: one of the likelihoods of this package."""

    @staticmethod
    def pooled(observed: float, exposure: float) -> float:
        """The one rate of a total, where nothing tells entries apart."""
        ...

    @classmethod
    def fitted(cls, observed: Float64, exposure: Float64, mean: Float64) -> Self:
        """Around given means, by entry."""
        ...

    def posterior(self, observed: Float64, exposure: Float64) -> Float64:
        """The expected rate or share of each entry."""
        ...

    def weights(self, exposure: Float64) -> Float64:
        """What each entry's counts say of a mean that entries share."""
        ...


def within_groups(prior: type[Prior], tally: Tally, groups: Int64) -> Float64:
    """The rate of each entry, leaning on its group (numbered from 0), which leans on the whole.

    Entries without exposure get their group's rate.
    """
    fair = summed(prior, tally, groups, int(groups.max(initial=-1)) + 1)
    return smoothed(prior, tally, _around_typical(prior, fair)[groups])


def summed(prior: type[Prior], tally: Tally, groups: Int32 | Int64, n_groups: int) -> Tally:
    """The tally of each group, whose entries count by what they say of its rate.

    Where entries of a group differ more than chance makes them, one of a thousand events says little more
    than one of ten: the rate of a group is not that of its whale.
    """
    fair = tally.by(groups, n_groups)
    for _ in range(_ROUNDS):
        fair = _weighed(prior, tally, _around_typical(prior, fair)[groups]).by(groups, n_groups)
    return fair


def _around_typical(prior: type[Prior], tally: Tally) -> Float64:
    return smoothed(prior, tally, np.full(len(tally.exposure), typical(prior, tally)))


def smoothed(prior: type[Prior], tally: Tally, mean: Float64) -> Float64:
    """The rate of each entry, leaning on the mean given for it."""
    observed, exposure = tally.counts()
    return prior.fitted(observed, exposure, mean).posterior(observed, exposure)


def typical(prior: type[Prior], tally: Tally) -> float:
    """The mean rate of entries, whales counting no more than others.

    The total over the total exposure is the first guess; from there on entries are weighed by how far their
    rates are found to vary.
    """
    seen = tally.exposure > 0
    weighed = tally = Tally(tally.observed[seen], tally.exposure[seen], tally.squares[seen])
    for _ in range(_ROUNDS):
        mean = prior.pooled(float(weighed.observed.sum()), float(weighed.exposure.sum()))
        weighed = _weighed(prior, tally, np.full(len(tally.exposure), mean))
    return mean


def _weighed(prior: type[Prior], tally: Tally, mean: Float64) -> Tally:
    observed, exposure = tally.counts()
    return tally.times(prior.fitted(observed, exposure, mean).weights(exposure))
