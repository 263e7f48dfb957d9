"""What is held out to be found: features as of a cutoff, and the pairs that came after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from features.build import FeatureSet
from recsys.arrays import CSR, Int64
from recsys.evaluation import EvaluationTask
from training.segments import creator_segments, product_segments


@dataclass(frozen=True, slots=True)
class Holdout:
    """Features as of a cutoff, and the task to judge by: in a night the first sales of the horizon after it.

    `creators` are the creators of the task by their place among all: those with something relevant.
    """

    features: FeatureSet
    task: EvaluationTask
    creators: Int64

    @classmethod
    def of(cls, features: FeatureSet, relevant: CSR, exclude: CSR) -> "Holdout":
        """The task of ranking the relevant pairs high among what was on the market at the cutoff.

        `relevant` and `exclude` (barred from the lists) are creators × products.
        """
        eligible = features.eligible
        # What was not on the market at the cutoff could not have been recommended by anyone.
        reachable: CSR = relevant.multiply(eligible.astype("float32")).tocsr()
        reachable.eliminate_zeros()
        affinity = features.affinity.values
        task = EvaluationTask(
            features.rows,
            exclude,
            reachable,
            eligible,
            creator_segments(affinity),
            product_segments(affinity),
        )
        # As `judged()` does, but their places are needed to weigh their rows again.
        creators = np.flatnonzero(np.diff(reachable.indptr) > 0)
        return cls(features, task.only(creators), creators)

    def only(self, places: Int64) -> "Holdout":
        """The same features with some creators of the task, by their place in it."""
        return Holdout(self.features, self.task.only(places), self.creators[places])

    def with_weights(self, weights: Mapping[str, float]) -> "Holdout":
        """The same with the channels weighed otherwise.

        Segments stay: they say of whom a figure is, and that must not depend on what a night chose.
        """
        features = self.features.with_weights(weights)
        return replace(self, features=features, task=replace(self.task, rows=features.rows[self.creators]))
