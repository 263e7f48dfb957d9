"""What every model is: an embedding of creators times a weight matrix of products.

All models score linearly from an embedding: `score(c, p) = embed(c) · weights[:, p]`. The embedding is
made from the creator's own rows alone (fold-in): creators are never part of a model, so a new or
changed row is answered at once. One form for all means one way to score a creator's whole list, one
product's whole column, and to store a model on disk.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self, TypeAlias

import numpy as np

from recsys.arrays import CSR, Array, Float32, Int32, Int64, empty_csr
from recsys.errors import UsageError

Embedding: TypeAlias = Float32 | CSR
ModelState: TypeAlias = dict[str, Array]


@dataclass(frozen=True, slots=True)
class CreatorRows:
    """What is known of some creators: `affinity` (n × products) and `attributes` (n × attribute values)."""

    affinity: CSR
    attributes: CSR

    def __post_init__(self) -> None:
        """Refuse rows that do not pair up."""
        if self.affinity.shape[0] != self.attributes.shape[0]:
            raise UsageError(
                f"{self.affinity.shape[0]} affinity rows do not pair with "
                f"{self.attributes.shape[0]} attribute rows"
            )

    def __len__(self) -> int:
        return int(self.affinity.shape[0])

    def __getitem__(self, selection: slice | Int64) -> "CreatorRows":
        return CreatorRows(self.affinity[selection], self.attributes[selection])

    @classmethod
    def without_attributes(cls, affinity: CSR) -> Self:
        """Rows of creators of whom nothing but their affinity is known."""
        return cls(affinity, empty_csr((int(affinity.shape[0]), 0)))


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What models learn from: the creators' rows, and of each product its attributes and recent demand.

    `product_attributes` (products × attribute values) holds 1 where a product has a value, `trend`
    (products, ≥ 0) recently decayed net units.
    """

    rows: CreatorRows
    product_attributes: CSR
    trend: Float32

    def __post_init__(self) -> None:
        """Refuse product attributes or a trend of another length than the catalog."""
        lengths = (self.product_attributes.shape[0], len(self.trend))
        if lengths != (self.n_products, self.n_products):
            raise UsageError(f"attributes and trend of {lengths} products for a catalog of {self.n_products}")

    @property
    def n_products(self) -> int:
        """The size of the catalog."""
        return int(self.rows.affinity.shape[1])

    def with_history(self) -> "TrainingData":
        """The same without the creators that have no affinity: how many signed up tells nothing of taste."""
        known = np.flatnonzero(np.diff(self.rows.affinity.indptr))
        return self if len(known) == len(self.rows) else replace(self, rows=self.rows[known])


class Scorer(ABC):
    """A fitted model: scores any creator's row, seen in training or not."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def n_products(self) -> int:
        """The size of the catalog it was fitted on."""

    @abstractmethod
    def score(self, rows: CreatorRows) -> Float32:
        """Scores, n × products: higher is better, comparable within a row, finite.

        Each row depends on that creator's row alone. Rows are comparable with each other where a model gives
        all of them one scale, as `BlendScorer` does.
        """

    @abstractmethod
    def state(self) -> ModelState:
        """The arrays from which `from_state` restores the model, by name."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore what `state` gave, without copying the arrays."""


class LinearScorer(Scorer):
    """A model whose score is `embed(creator) · weights[:, product]`."""

    @property
    @abstractmethod
    def weights(self) -> Embedding:
        """The product side, d × products."""

    @abstractmethod
    def embed(self, rows: CreatorRows) -> Embedding:
        """The creator side, n × d, each row from that creator's row alone."""

    @property
    def n_products(self) -> int:
        """The size of the catalog it was fitted on."""
        return int(self.weights.shape[1])

    def columns(self, products: Int32) -> Float32:
        """The product side of some products, d × len(products)."""
        return dense(self.weights[:, products])

    def score(self, rows: CreatorRows) -> Float32:
        """Scores, n × products."""
        return dense(self.embed(rows) @ self.weights)


class Recommender(Protocol):
    """The parameters of a model that can be fitted: two fits on the same data give the same scorer."""

    @property
    def name(self) -> str:
        """The name in reports and releases."""
        ...

    def fit(self, data: TrainingData) -> Scorer:
        """Learn from `data`, leaving this object as it was."""
        ...


def dense(matrix: Embedding) -> Float32:
    """The same matrix as a float32 array."""
    array = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return array.astype(np.float32, copy=False)
