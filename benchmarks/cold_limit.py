"""How well attributes could serve a new creator at best: the simulation knows everyone's taste."""

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np

from benchmarks.policies import numbers_of
from features.build import FeatureSet
from recsys.arrays import Float32, Float64
from recsys.evaluation import EvaluationTask, evaluate
from recsys.models.contract import CreatorRows, ModelState, Scorer, TrainingData, dense
from recsys.models.prior import AttributePrior
from training.judgement import K
from training.simulation.truth import Truth

# How much taste weighs beside demand; the best is taken after the fact, since this is a limit.
STRENGTHS: Final = (2.0, 4.0, 6.0, 8.0, 10.0)
PENALTY: Final = 1.0


@dataclass(frozen=True, slots=True)
class TasteScorer(Scorer):
    """`log P(p) + strength · E[taste | attributes] · factor_p`.

    `log_demand` has one entry a product, `by_attribute` is attribute values × products.
    """

    kind: ClassVar[str] = "taste"
    log_demand: Float64
    by_attribute: Float64

    @property
    def n_products(self) -> int:
        """The size of the catalog."""
        return len(self.log_demand)

    def score(self, rows: CreatorRows) -> Float32:
        """Scores, n × products, from attributes alone."""
        scores: Float32 = (self.log_demand + dense(rows.attributes) @ self.by_attribute).astype(np.float32)
        return scores

    def state(self) -> ModelState:
        """Its two arrays."""
        return {"log_demand": self.log_demand, "by_attribute": self.by_attribute}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        return cls(state["log_demand"].astype(np.float64), state["by_attribute"].astype(np.float64))


def attribute_limit(data: TrainingData, task: EvaluationTask, features: FeatureSet, truth: Truth) -> float:
    """Mean NDCG of a ranking by demand and by the taste that the attributes of a creator suggest.

    E[taste | attributes] is the ridge regression over the true tastes of all creators, the hidden ones among
    them. What the attributes do not tell of a taste, no model can know of a creator without history.
    """
    creators = numbers_of(features.creators["creator_id"].to_pylist())
    products = numbers_of(features.products["product_id"].to_pylist())
    attributes = dense(data.rows.attributes).astype(np.float64)
    system = attributes.T @ attributes + PENALTY * np.eye(attributes.shape[1])
    tastes = np.linalg.solve(system, attributes.T @ truth.taste[creators])
    fit = tastes @ truth.factor[products].T
    log_demand = AttributePrior().fit(data).log_probabilities[0].astype(np.float64)
    return max(_ndcg(TasteScorer(log_demand, strength * fit), task) for strength in STRENGTHS)


def _ndcg(scorer: Scorer, task: EvaluationTask) -> float:
    return float(evaluate("limit", scorer, task, ks=(K,)).values[f"ndcg@{K}"].mean())
