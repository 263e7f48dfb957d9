"""Who promotes anything within a horizon, told by what was seen of it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from features.build import FeatureSet
from recsys.arrays import Bool, Float32
from recsys.value.asking import Asking, telling
from recsys.value.context import CREATOR_FEATURES

# So many creators of a window tell the few weights well enough, and so many of each kind are needed.
LOOKED_AT: Final = 20_000
FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Activity:
    """Creators at the begin of a window (n × `CREATOR_FEATURES`), and who promoted in the horizon."""

    creators: Float32
    promoted: Bool

    @classmethod
    def none(cls) -> Self:
        """Nothing is seen of it."""
        return cls(np.zeros((0, len(CREATOR_FEATURES)), np.float32), np.zeros(0, np.bool_))

    @property
    def is_seen(self) -> bool:
        """Is it known of anybody."""
        return len(self.promoted) > 0

    @classmethod
    def of(cls, features: FeatureSet, promoted: Bool, seed: int) -> Self:
        """Of creators who were there and had not left by the instant of their features."""
        instant = features.context.as_of
        joined = features.creators["joined_at"].fill_null(instant).to_numpy() <= instant
        active = features.creators["is_active"].to_numpy(zero_copy_only=False)
        there = np.flatnonzero(joined & active)
        some = np.sort(np.random.default_rng(seed).permutation(there)[:LOOKED_AT])
        return cls(features.context.creators[some], promoted[some])

    @classmethod
    def stacked(cls, parts: Sequence[Self]) -> Self:
        """All of several."""
        creators, promoted = zip(*((part.creators, part.promoted) for part in parts), strict=True)
        return cls(np.concatenate(creators), np.concatenate(promoted))


def fit_asking(activity: Activity) -> Asking:
    """Logistic regression; certain where too few did or did not promote."""
    promoted = activity.promoted
    if not FEWEST <= promoted.sum() <= len(promoted) - FEWEST:
        return Asking.certain()
    columns = telling(activity.creators)
    found = LogisticRegression().fit(columns, promoted)
    weights = np.concatenate([found.intercept_, found.coef_[0]])
    return Asking(weights, columns.min(axis=0), columns.max(axis=0))
