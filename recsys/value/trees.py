"""Boosted trees as arrays, so that they can be stored without pickle and asked without scikit-learn."""

from dataclasses import dataclass

import numpy as np

from recsys.arrays import Array, Bool, Float32, Float64, Int32


@dataclass(frozen=True, slots=True)
class Trees:
    """Binary regression trees whose values add up; all arrays are trees × nodes, the root first.

    An inner node sends what is at most `threshold` in column `feature` to node `left`, else to `right`; a
    leaf is its own child on both sides.
    """

    feature: Int32
    threshold: Float64
    left: Int32
    right: Int32
    value: Float64

    def predict(self, features: Float32) -> Float64:
        """The sum of the values of the leaves that each row (n × features) comes to."""
        n_trees = len(self.feature)
        tree = np.arange(n_trees)
        node = np.zeros((len(features), n_trees), dtype=np.int32)
        if not n_trees:
            return np.zeros(len(features))
        rows = np.arange(len(features))[:, np.newaxis]
        while True:
            goes_left = features[rows, self.feature[tree, node]] <= self.threshold[tree, node]
            child = np.where(goes_left, self.left[tree, node], self.right[tree, node])
            arrived: Bool = child == node
            if arrived.all():
                total: Float64 = self.value[tree, node].sum(axis=1)
                return total
            node = child

    def state(self) -> dict[str, Array]:
        """The arrays by name."""
        return {
            "feature": self.feature,
            "threshold": self.threshold,
            "left": self.left,
            "right": self.right,
            "value": self.value,
        }
