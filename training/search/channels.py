"""Chooses what each channel weighs in the affinity, on the validation horizon."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from features.weighting import DEFAULT_WEIGHTS, SALES
from recsys.models.blend import Blend
from recsys.models.prior import AttributePrior
from recsys.models.recipe import neighbours_within
from recsys.models.ridge import Ridge
from training.holdout import Holdout
from training.search.trials import CHANCE, ENOUGH_CREATORS, Trial, some_creators, take_step, worth_of

TOGETHER = (0.0, 0.25, 4.0)
ALONE = (0.0, 1.0, 4.0)
MOST_TRIALS = 16
# So little that one product in a row silences the prior, but for ties.
LEAST_EVIDENCE = 1e-6

Weights: TypeAlias = Mapping[str, float]
Groups: TypeAlias = Mapping[tuple[str, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class ChosenChannels:
    """The weight of each channel, and what it was chosen on.

    `figure` and `default_figure` are NDCG + recall at 20 on validation with these weights and with those
    of before, NaN where nothing was tried.
    """

    weights: Weights
    figure: float
    default_figure: float
    n_trials: int
    n_creators: int

    def __str__(self) -> str:
        return ", ".join(f"{channel} {weight:g}" for channel, weight in self.weights.items())


def choose_channels(validation: Holdout, *, seed: int = 0) -> ChosenChannels:
    """Coordinate search: all engagement against sales, then each channel of it; at most `MOST_TRIALS` fits.

    Judged are creators of whom something is known, since for the others no weight changes anything. Only sure
    steps are taken; the chance of a false one is shared by all that are tried. Weights stay as they are with
    fewer than `ENOUGH_CREATORS` such creators, and where there are not both sales and engagement to weigh.
    """
    weights = dict(validation.features.affinity_function.weights)
    known = np.flatnonzero(np.diff(validation.task.rows.affinity.indptr) > 0)
    groups = _groups(validation.features.pairs.active)
    if len(known) < ENOUGH_CREATORS or not groups:
        return ChosenChannels(weights, float("nan"), float("nan"), 0, len(known))
    sample = validation.only(some_creators(known, seed))
    default = current = _trial(sample, weights, seed)
    n_trials = 1
    for group, factors in groups.items():
        trials = [_trial(sample, moved, seed) for moved in _moves(current.choice, group, factors)]
        n_trials += len(trials)
        current = take_step(current, trials, chance=CHANCE * len(trials) / (MOST_TRIALS - 1))
    return ChosenChannels(current.choice, current.figure, default.figure, n_trials, len(sample.creators))


def _groups(active: tuple[str, ...]) -> Groups:
    """Which channels move together, in this order, and by which factors."""
    engagement = tuple(channel for channel in active if channel != SALES)
    if SALES not in active or not engagement:
        return {}
    groups: dict[tuple[str, ...], tuple[float, ...]] = {engagement: TOGETHER}
    for channel in engagement:
        # A single channel has moved already.
        groups.setdefault((channel,), ALONE)
    return groups


def _moves(weights: Weights, group: tuple[str, ...], factors: tuple[float, ...]) -> Iterator[Weights]:
    """The weights with those of a group times each factor; what fell to nothing starts from its default."""
    for factor in factors:
        moved = {channel: factor * (weights[channel] or DEFAULT_WEIGHTS[channel]) for channel in group}
        if any(moved[channel] != weights[channel] for channel in group):
            yield {**weights, **moved}


def _trial(sample: Holdout, weights: Weights, seed: int) -> Trial[Weights]:
    judged = sample.with_weights(weights)
    data = judged.features.training_data
    return Trial(weights, worth_of(_quick_model(data.n_products, seed).fit(data), judged.task))


def _quick_model(n_products: int, seed: int) -> Blend:
    """The regression; and the prior, as in the recipe, for creators whose row the weights leave empty."""
    regression = Ridge(neighbours=neighbours_within(Ridge().neighbours, n_products), seed=seed)
    return Blend((regression,), (1.0,), AttributePrior(), evidence=LEAST_EVIDENCE)
