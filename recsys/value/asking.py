"""The chance that a creator who is asked promotes anything at all."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import Float32, Float64
from recsys.value.context import CREATOR_FEATURES

# What tells who never posted, who fell silent and who posts.
TELLING = ("without_history", "log_recent_contents", "log_promotions")
_PLACES = [CREATOR_FEATURES.index(name) for name in TELLING]


@dataclass(frozen=True, slots=True)
class Asking:
    """Log odds of beginning a promotion within the horizon: an intercept, then weights of `TELLING`, which
    count between `low` and `high`, the range learned from. Without any it is certain, and units are told of
    whatever is asked.
    """

    weights: Float64
    low: Float64
    high: Float64

    @classmethod
    def certain(cls) -> Self:
        """Nothing is known of who promotes."""
        nothing = np.zeros(0)
        return cls(nothing, nothing, nothing)

    def chance(self, creators: Float32) -> Float64:
        """By creator, whose rows (n × `CREATOR_FEATURES`) are given."""
        if not len(self.weights):
            return np.ones(len(creators))
        within = np.clip(telling(creators), self.low, self.high)
        log_odds = self.weights[0] + np.einsum("nf,f->n", within, self.weights[1:])
        chance: Float64 = 1.0 / (1.0 + np.exp(-log_odds))
        return chance

    def state(self) -> Float64:
        """The numbers from which `from_state` restores it."""
        return np.concatenate([self.weights, self.low, self.high])

    @classmethod
    def from_state(cls, state: Float64) -> Self:
        """Restore what `state` gave."""
        if not len(state):
            return cls.certain()
        cut = len(TELLING) + 1
        return cls(state[:cut], state[cut : cut + len(TELLING)], state[cut + len(TELLING) :])


def telling(creators: Float32) -> Float64:
    """The columns of `TELLING` of creators' rows."""
    columns: Float64 = creators[:, _PLACES].astype(np.float64)
    return columns
