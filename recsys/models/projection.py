"""Scores by projecting a creator's row onto a few directions and back."""

from dataclasses import dataclass
from typing import ClassVar, Self

from recsys.arrays import Float32
from recsys.models.contract import CreatorRows, LinearScorer, ModelState


@dataclass(frozen=True, slots=True)
class ProjectionScorer(LinearScorer):
    """`row @ into @ out`: `into` is products × directions, `out` directions × products."""

    kind: ClassVar[str] = "projection"
    into: Float32
    out: Float32

    @property
    def weights(self) -> Float32:
        """Directions × products."""
        return self.out

    def embed(self, rows: CreatorRows) -> Float32:
        """The row along each direction, n × directions."""
        projected: Float32 = rows.affinity @ self.into
        return projected

    def state(self) -> ModelState:
        """Both matrices."""
        return {"into": self.into, "out": self.out}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        into, out = state["into"], state["out"]
        return cls(into.astype("float32", copy=False), out.astype("float32", copy=False))
