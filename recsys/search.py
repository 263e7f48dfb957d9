"""Chooses the parameters of the recipe on a validation part of the training data, within bounds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from recsys.evaluation import EvaluationTask, evaluate
from recsys.holdout import hold_out
from recsys.models.blend import Blend
from recsys.models.contract import Recommender, TrainingData
from recsys.models.ials import IALS
from recsys.models.recipe import default_recipe
from recsys.models.ridge import Ridge
from recsys.tuning import ENOUGH_CREATORS, Tuned, tune
from recsys.tuning import MOST_CREATORS as MOST_TUNED

STEP = 0.1
FACTOR = 3.0
FITS_A_PART = 7
# Of the two parts that are searched; peers are given as many trials.
MOST_FITS = 2 * FITS_A_PART
MOST_CREATORS = 1_500
# Fewer factors do to find a penalty, and cost a fraction.
SEARCHED_FACTORS = 256

Model = TypeVar("Model", bound=Recommender)


def search(blend: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> Tuned:
    """Parameters of the regression and of the factors first, each alone, then the weights of all together.

    `data` and `task` (judged) come from inside the training period. At most `MOST_FITS` fits, and one of
    each part for the weights.
    """
    if len(task.rows) >= ENOUGH_CREATORS:
        rng = np.random.default_rng(seed)
        sample = task.only(np.sort(rng.permutation(len(task.rows))[:MOST_CREATORS]))
        blend = replace(blend, parts=tuple(_search_parts(blend.parts, data, sample)))
    return tune(blend, data, task, seed=seed)


def choose_recipe(data: TrainingData, *, with_profile: bool, seed: int = 0) -> Blend:
    """The default recipe for data of this size, its parameters chosen on products hidden from the data."""
    left, task = hold_out(data, MOST_TUNED, seed=seed)
    recipe = default_recipe(len(data.rows), data.n_products, with_profile=with_profile, seed=seed)
    return search(recipe, left, task, seed=seed).blend


def validation_figure(model: Recommender, data: TrainingData, task: EvaluationTask) -> float:
    """What parameters are chosen by: NDCG + recall at 20 of a model fitted on `data`, judged on `task`."""
    values = evaluate(model.name, model.fit(data), task, ks=(20,)).values
    return float(values["ndcg@20"].mean() + values["recall@20"].mean())


def _search_parts(
    parts: Iterable[Recommender], data: TrainingData, task: EvaluationTask
) -> Iterator[Recommender]:
    """Each part with its parameters chosen; further sets of factors take those of the first."""

    def figure(model: Recommender) -> float:
        return validation_figure(model, data, task)

    chosen: IALS | None = None
    for part in parts:
        match part:
            case Ridge():
                yield _hill_climb(part, _ridges_beside, figure)
            case IALS():
                if chosen is None:
                    small = replace(part, factors=min(part.factors, SEARCHED_FACTORS))
                    chosen = _hill_climb(small, _factors_beside, figure)
                yield replace(
                    part,
                    unobserved=chosen.unobserved,
                    regularization=chosen.regularization,
                    iterations=chosen.iterations,
                )
            case _:
                yield part


def _hill_climb(
    start: Model, beside: Callable[[Model], Iterable[Model]], figure: Callable[[Model], float]
) -> Model:
    """Steps along one parameter at a time, for as long as they help and fits are left."""
    figures = {start: figure(start)}

    def better(model: Model) -> bool:
        if model not in figures:
            if len(figures) == FITS_A_PART:
                return False
            figures[model] = figure(model)
        return figures[model] > figures[best]

    best = start
    while step := next((model for model in beside(best) if better(model)), None):
        best = step
    return best


def _ridges_beside(model: Ridge) -> Iterator[Ridge]:
    """The models one step away; popularity's exponent first, since it matters most."""
    for step in (-STEP, STEP):
        yield replace(model, target_exponent=round(model.target_exponent + step, 2))
    for step in (STEP, -STEP):
        yield replace(model, creator_exponent=round(model.creator_exponent + step, 2))
        yield replace(model, source_exponent=round(model.source_exponent + step, 2))
    for half_rank in (2 * model.half_rank, model.half_rank // 2):
        if 1 <= half_rank <= model.rank:
            yield replace(model, half_rank=half_rank)


def _factors_beside(model: IALS) -> Iterator[IALS]:
    """The models one step away: weight of what is not observed, penalty, iterations."""
    for factor in (FACTOR, 1 / FACTOR):
        yield replace(model, regularization=model.regularization * factor)
        # The penalty of a row grows with the weight of what it lacks: keep it, to move one thing at a time.
        yield replace(
            model, unobserved=model.unobserved * factor, regularization=model.regularization / factor
        )
    for iterations in (2 * model.iterations, model.iterations // 2):
        yield replace(model, iterations=max(1, iterations))
