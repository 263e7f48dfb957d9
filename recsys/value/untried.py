"""What is told of pairs that no creator chose: less than of those which creators chose, and less surely."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from recsys.arrays import Float32, Float64
from recsys.value.context import FEATURES

TRIED = FEATURES.index("tried")
WITHOUT_HISTORY = FEATURES.index("without_history")


@dataclass(frozen=True, slots=True)
class Untried:
    """How the mean of a pair that nobody tried differs from that of one which its creator chose.

    Its log is less by `lean`, or `lean_new` where the creator has no history, and more by `slope` times how
    far it is above `centre`, no further than `reach` from it. The mean so found is known but to a log-normal
    factor whose log deviates by `blur` or `blur_new`. docs/decisions/0022-what-nobody-chose.md says where the
    numbers come from.
    """

    lean: float = 0.0
    lean_new: float = 0.0
    slope: float = 0.0
    centre: float = 0.0
    reach: float = 0.0
    blur: float = 0.0
    blur_new: float = 0.0

    @classmethod
    def as_chosen(cls) -> Self:
        """No difference."""
        return cls()

    def of(self, mean: Float64, features: Float32) -> tuple[Float64, Float64]:
        """Means and blur of pairs, from their means as chosen ones and their features (n × `FEATURES`)."""
        untried, new = features[:, TRIED] == 0, features[:, WITHOUT_HISTORY] > 0
        beyond = np.clip(self._log(mean) - self.centre, -self.reach, self.reach)
        moved = self.slope * beyond - np.where(new, self.lean_new, self.lean)
        blur = np.where(new, self.blur_new, self.blur)
        return mean * np.exp(np.where(untried, moved, 0.0)), np.where(untried, blur, 0.0)

    def _log(self, mean: Float64) -> Float64:
        logs: Float64 = np.log(np.maximum(mean, np.finfo(np.float64).tiny))
        return logs

    def state(self) -> Float64:
        """The numbers from which `from_state` restores it."""
        return np.array([getattr(self, field.name) for field in fields(self)])

    @classmethod
    def from_state(cls, state: Float64) -> Self:
        """Restore what `state` gave."""
        return cls(*state.tolist())
