"""Chooses the parameters of the recipe on a validation part of the training data, within bounds."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from recsys.evaluation import EvaluationTask, evaluate
from recsys.holdout import hold_out
from recsys.models.blend import Blend
from recsys.models.contract import Recommender, TrainingData
from recsys.models.recipe import default_recipe
from recsys.models.ridge import Ridge
from recsys.tuning import ENOUGH_CREATORS, Tuned, tune
from recsys.tuning import MOST_CREATORS as MOST_TUNED

STEP = 0.1
MOST_FITS = 14
MOST_CREATORS = 1_500


def search(blend: Blend, data: TrainingData, task: EvaluationTask, *, seed: int = 0) -> Tuned:
    """Exponents and penalty of the regression first, alone, then the weights of all parts together.

    `data` and `task` (judged) come from inside the training period. At most `MOST_FITS` fits of the
    regression and one of each other part.
    """
    if len(task.rows) >= ENOUGH_CREATORS:
        rng = np.random.default_rng(seed)
        sample = task.only(np.sort(rng.permutation(len(task.rows))[:MOST_CREATORS]))
        parts = tuple(
            _search_ridge(part, data, sample) if isinstance(part, Ridge) else part for part in blend.parts
        )
        blend = replace(blend, parts=parts)
    return tune(blend, data, task, seed=seed)


def choose_recipe(data: TrainingData, *, with_content: bool, seed: int = 0) -> Blend:
    """The default recipe for data of this size, its parameters chosen on products hidden from the data."""
    left, task = hold_out(data, MOST_TUNED, seed=seed)
    recipe = default_recipe(len(data.rows), data.n_products, with_content=with_content, seed=seed)
    return search(recipe, left, task, seed=seed).blend


def validation_figure(model: Recommender, data: TrainingData, task: EvaluationTask) -> float:
    """What parameters are chosen by: NDCG + recall at 20 of a model fitted on `data`, judged on `task`."""
    values = evaluate(model.name, model.fit(data), task, ks=(20,)).values
    return float(values["ndcg@20"].mean() + values["recall@20"].mean())


def _search_ridge(start: Ridge, data: TrainingData, task: EvaluationTask) -> Ridge:
    """Steps along one parameter at a time, for as long as they help."""
    tried: dict[Ridge, float] = {}

    def figure(model: Ridge) -> float:
        if model not in tried and len(tried) < MOST_FITS:
            tried[model] = validation_figure(model, data, task)
        return tried.get(model, -np.inf)

    best = start
    while better := next((model for model in _neighbours(best) if figure(best) < figure(model)), None):
        best = better
    return best


def _neighbours(model: Ridge) -> Iterator[Ridge]:
    """The models one step away; popularity's exponent first, since it matters most."""
    for step in (-STEP, STEP):
        yield replace(model, target_exponent=round(model.target_exponent + step, 2))
    for step in (STEP, -STEP):
        yield replace(model, creator_exponent=round(model.creator_exponent + step, 2))
        yield replace(model, source_exponent=round(model.source_exponent + step, 2))
    for half_rank in (2 * model.half_rank, model.half_rank // 2):
        if 1 <= half_rank <= model.rank:
            yield replace(model, half_rank=half_rank)
