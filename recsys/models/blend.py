"""Several models as one: their scores standardised within each creator's list, then added."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, Self, cast

import numpy as np
from scipy import sparse

from recsys.arrays import CSR, Float32, Float64, Int32
from recsys.batches import batches
from recsys.errors import UsageError
from recsys.models.contract import (
    CreatorRows,
    Embedding,
    LinearScorer,
    ModelState,
    Recommender,
    Scorer,
    TrainingData,
    dense,
)
from recsys.models.factors import FactorScorer
from recsys.models.ials import IALSScorer
from recsys.models.item_item import ItemItemScorer
from recsys.models.popularity import PopularityScorer
from recsys.models.prior import AttributePriorScorer
from recsys.models.profile import ProfileScorer

LINEAR_KINDS: dict[str, type[LinearScorer]] = {
    scorer.kind: scorer
    for scorer in (
        AttributePriorScorer,
        ProfileScorer,
        FactorScorer,
        IALSScorer,
        ItemItemScorer,
        PopularityScorer,
    )
}


@dataclass(frozen=True, slots=True)
class Blend:
    """Fits `parts` and `prior` and adds their standardised scores.

    `score = e · Σ wₘ zₘ / Σ wₘ + (1 - e) · z_prior`, with z the score less the mean of the creator's list
    over its standard deviation, and `e = n / (n + evidence)` for a creator with n products in its row: a
    creator without history gets the prior alone, and own history takes over as it grows.
    """

    parts: tuple[Recommender, ...]
    weights: tuple[float, ...]
    prior: Recommender
    evidence: float = 1.0
    name: str = "blend"

    def __post_init__(self) -> None:
        """Refuse weights that do not pair with the parts."""
        if len(self.parts) != len(self.weights) or not self.parts:
            raise UsageError(f"a blend of {len(self.parts)} parts cannot have {len(self.weights)} weights")
        if not (min(self.weights) >= 0 and 0 < sum(self.weights) < inf):
            raise UsageError(f"blend weights must be at least 0 and not all 0, not {self.weights}")
        if not 0 < self.evidence < inf:
            raise UsageError(f"the evidence of a blend must be above 0, not {self.evidence}")

    def shares(self) -> str:
        """Each part with its weight, for a report."""
        pairs = zip(self.parts, self.weights, strict=True)
        return ", ".join(f"{part.name} {weight:.2f}" for part, weight in pairs)

    def fit(self, data: TrainingData) -> "BlendScorer":
        """Fit each part on the same data."""
        fitted = [linear(part.fit(data)) for part in (*self.parts, self.prior)]
        shares = np.array(self.weights, dtype=np.float64)
        return BlendScorer(tuple(fitted), shares / shares.sum(), self.evidence)


@dataclass(frozen=True, slots=True)
class CreatorView:
    """All that scoring needs of n creators, so that one product's column costs no whole lists.

    `embeddings` holds one n × d matrix for each part, `coefficients` (n × parts) and `offset` (n) turn raw
    scores into the blended one.
    """

    embeddings: tuple[Embedding, ...]
    coefficients: Float32
    offset: Float32


@dataclass(frozen=True, slots=True)
class BlendScorer(Scorer):
    """Fitted parts, the prior last, with the weight of each of the others (summing to 1)."""

    kind: ClassVar[str] = "blend"
    parts: tuple[LinearScorer, ...]
    weights: Float64
    evidence: float

    @property
    def n_products(self) -> int:
        """The size of the catalog it was fitted on."""
        return self.parts[0].n_products

    def score(self, rows: CreatorRows) -> Float32:
        """Blended scores, n × products."""
        return self._score(rows)[0]

    def view(self, rows: CreatorRows) -> CreatorView:
        """Embeddings and coefficients of each creator, for `score_products`.

        Takes one pass over the creators' whole lists, of which a batch at a time is in memory.
        """
        if not len(rows):
            return self._score(rows)[1]
        views = [self._score(rows[batch])[1] for batch in batches(len(rows), self.n_products)]
        by_part = zip(*(view.embeddings for view in views), strict=True)
        return CreatorView(
            tuple(_stack(embeddings) for embeddings in by_part),
            np.concatenate([view.coefficients for view in views]),
            np.concatenate([view.offset for view in views]),
        )

    def score_products(self, view: CreatorView, products: Int32) -> Float32:
        """Scores of some products for the creators of a view, n × len(products): the same as in `score`."""
        total = np.repeat(view.offset[:, np.newaxis], len(products), axis=1)
        for position, part in enumerate(self.parts):
            raw = view.embeddings[position] @ dense(part.weights[:, products])
            total += view.coefficients[:, position, np.newaxis] * raw
        return total.astype(np.float32, copy=False)

    def standardised(self, rows: CreatorRows) -> Float32:
        """Each part's scores less the mean of the creator's list over its deviation: parts × n × products."""
        scores = np.empty((len(self.parts), len(rows), self.n_products), dtype=np.float32)
        for position, part in enumerate(self.parts):
            raw = part.score(rows)
            scale, shift = _standardisation(raw)
            scores[position] = scale[:, np.newaxis] * raw + shift[:, np.newaxis]
        return scores

    def _score(self, rows: CreatorRows) -> tuple[Float32, CreatorView]:
        part_weights = self._part_weights(np.diff(rows.affinity.indptr)).astype(np.float32)
        total = np.zeros((len(rows), self.n_products), dtype=np.float32)
        offset = np.zeros(len(rows), dtype=np.float32)
        coefficients = np.zeros(part_weights.shape, dtype=np.float32)
        embeddings = tuple(part.embed(rows) for part in self.parts)
        for position, part in enumerate(self.parts):
            raw = dense(embeddings[position] @ part.weights)
            scale, shift = _standardisation(raw)
            coefficients[:, position] = part_weights[:, position] * scale
            offset += part_weights[:, position] * shift
            total += coefficients[:, position, np.newaxis] * raw
        return total + offset[:, np.newaxis], CreatorView(embeddings, coefficients, offset)

    def _part_weights(self, n_known: np.ndarray) -> Float64:
        """Weight of each part for creators with `n_known` products: n × parts, rows summing to 1."""
        known = n_known.astype(np.float64)
        own = known / (known + self.evidence)
        return np.column_stack([own[:, np.newaxis] * self.weights, 1.0 - own])

    def state(self) -> ModelState:
        """The state of each part under `<position>.<kind>.<name>`, and the blend's own numbers."""
        arrays: ModelState = {"weights": self.weights, "evidence": np.array(self.evidence)}
        for position, part in enumerate(self.parts):
            arrays |= {f"{position}.{part.kind}.{name}": array for name, array in part.state().items()}
        return arrays

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore; raises `UsageError` for a kind of part that this version does not know."""
        prefixes = {tuple(name.split(".")[:2]) for name in state if "." in name}
        parts = [
            _restore_part(state, position, kind)
            for position, kind in sorted(prefixes, key=lambda prefix: int(prefix[0]))
        ]
        return cls(tuple(parts), state["weights"].astype(np.float64, copy=False), float(state["evidence"]))


def _standardisation(raw: Float32) -> tuple[Float32, Float32]:
    """Scale and shift that give each row (n × products) mean 0 and deviation 1; zeros for a flat row."""
    mean, deviation = raw.mean(axis=1), raw.std(axis=1)
    # A list of equal scores says nothing, and must not be divided by its rounding error.
    informative = deviation > 1e-6 * np.maximum(np.abs(mean), 1e-12)
    scale = np.zeros(len(raw), dtype=np.float32)
    np.divide(1.0, deviation, out=scale, where=informative)
    return scale, -scale * mean


def _stack(embeddings: Sequence[Embedding]) -> Embedding:
    """Embeddings of consecutive batches of creators as one."""
    if isinstance(embeddings[0], np.ndarray):
        return np.concatenate([dense(embedding) for embedding in embeddings])
    return cast(CSR, sparse.vstack([sparse.csr_array(embedding) for embedding in embeddings], format="csr"))


def linear(scorer: Scorer) -> LinearScorer:
    """The scorer itself; raises `UsageError` where it is not linear and so cannot be blended."""
    if not isinstance(scorer, LinearScorer):
        raise UsageError(f"a blend takes linear models, not {scorer.kind!r}")
    return scorer


def _restore_part(state: ModelState, position: str, kind: str) -> LinearScorer:
    if kind not in LINEAR_KINDS:
        raise UsageError(f"unknown kind of model {kind!r}; known are {', '.join(sorted(LINEAR_KINDS))}")
    prefix = f"{position}.{kind}."
    return LINEAR_KINDS[kind].from_state(
        {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
    )
