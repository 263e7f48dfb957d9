"""The models that the recipe is compared with, and where their parameters are looked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from recsys.errors import UsageError
from recsys.evaluation import EvaluationTask
from recsys.models.als import ALS
from recsys.models.bpr import BPR
from recsys.models.contract import Recommender, TrainingData
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from training.search.parameters import MOST_FITS
from training.search.trials import worth_of

Draw: TypeAlias = Callable[[np.random.Generator], Recommender]


@dataclass(frozen=True, slots=True)
class Peer:
    """A family of models: `draw` gives one with parameters at random; a `fixed` one has none."""

    draw: Draw
    fixed: bool = False


def _item_knn(rng: np.random.Generator) -> Recommender:
    return ItemItem(
        neighbours=int(rng.choice([20, 50, 100, 200, 500])),
        creator_exponent=float(rng.choice([0.0, 0.25, 0.5])),
        name="item-knn",
    )


def _als(rng: np.random.Generator) -> Recommender:
    return ALS(
        factors=int(rng.choice([64, 128, 256])),
        regularization=float(10 ** rng.uniform(-2, 2)),
        alpha=float(10 ** rng.uniform(0, 1.7)),
    )


def _bpr(rng: np.random.Generator) -> Recommender:
    return BPR(
        factors=int(rng.choice([64, 128, 256])),
        learning_rate=float(10 ** rng.uniform(-2, -0.7)),
        regularization=float(10 ** rng.uniform(-3, -1)),
        iterations=int(rng.choice([50, 100, 150])),
    )


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "popularity": Peer(lambda _: Popularity(), fixed=True),
        "item-knn": Peer(_item_knn),
        "als": Peer(_als),
        "bpr": Peer(_bpr),
    }
)


def tune_peer(
    peer: Peer, data: TrainingData, task: EvaluationTask, *, seed: int = 0, trials: int = MOST_FITS
) -> Recommender:
    """The best of `trials` random draws on the validation task, by NDCG + recall at 20.

    As many as the search may fit of regression and factors together. A draw that diverges counts as nothing.
    """
    rng = np.random.default_rng(seed)
    if peer.fixed:
        return peer.draw(rng)
    return max((peer.draw(rng) for _ in range(trials)), key=lambda model: _figure(model, data, task))


def _figure(model: Recommender, data: TrainingData, task: EvaluationTask) -> float:
    try:
        return float(worth_of(model.fit(data), task).mean())
    except UsageError:
        return float("-inf")
