"""Chooses a recipe on the horizon before the test: parameters of its parts, then their weights."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from recsys.evaluation import EvaluationTask
from recsys.models.blend import Blend
from recsys.models.contract import Recommender, TrainingData
from recsys.models.ials import IALS
from training.search.parameters import Study, choose_parameters
from training.search.trials import ENOUGH_CREATORS, some_creators
from training.search.weights import choose_evidence, choose_weights, unless_prior_does

# Fewer factors do to choose by, and cost a fraction.
SEARCHED_FACTORS: Final = 256


@dataclass(frozen=True, slots=True)
class ChosenRecipe:
    """The recipe, and how many creators chose it."""

    blend: Blend
    n_creators: int


def choose_recipe(start: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> ChosenRecipe:
    """Parameters of the parts, then their weights, then the evidence at which history takes over, if any.

    `data` and `task` (judged) come from inside the training period, so that no test figure is touched.
    Parameters are chosen with few factors; what parts weigh beside each other depends on their size, so
    weights are chosen with all; a part that gets none is left out. With fewer than `ENOUGH_CREATORS` the
    recipe stays as it is.
    """
    if len(task.rows) < ENOUGH_CREATORS:
        return ChosenRecipe(start, len(task.rows))
    sample = task.only(some_creators(np.arange(len(task.rows)), seed))
    small = choose_parameters(Study.of(_searched(start), data, sample), data, sample).blend
    whole = _whole(start, small)
    scorer = whole.fit(data)
    study = Study.fitted(whole, scorer, sample)
    blend = choose_evidence(choose_weights(study), scorer, sample, seed=seed)
    return ChosenRecipe(unless_prior_does(blend, study).without_idle(), len(sample.rows))


def _searched(blend: Blend) -> Blend:
    """The blend with few factors, and one set of them in place of all."""
    parts: dict[str, Recommender] = {}
    weights: dict[str, float] = {}
    for part, weight in zip(blend.parts, blend.weights, strict=True):
        family = _family(part)
        parts.setdefault(family, _small(part))
        weights[family] = weights.get(family, 0.0) + weight
    return replace(blend, parts=tuple(parts.values()), weights=tuple(weights.values()))


def _whole(start: Blend, found: Blend) -> Blend:
    """`start` with the parameters that were found."""
    by_family = {_family(part): part for part in found.parts}
    return replace(start, parts=tuple(_like(part, by_family[_family(part)]) for part in start.parts))


def _family(part: Recommender) -> str:
    return "factors" if isinstance(part, IALS) else part.name


def _small(part: Recommender) -> Recommender:
    return replace(part, factors=min(part.factors, SEARCHED_FACTORS)) if isinstance(part, IALS) else part


def _like(part: Recommender, found: Recommender) -> Recommender:
    """A part with the parameters found; a set of factors keeps its size, exponents and start."""
    if isinstance(part, IALS) and isinstance(found, IALS):
        return replace(
            part,
            unobserved=found.unobserved,
            regularization=found.regularization,
            iterations=found.iterations,
        )
    return found
