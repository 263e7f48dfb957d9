"""Bayesian personalised ranking by `implicit`: a peer to compare with, not a part of the recipe."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys.arrays import CSR, Float32, Int64
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, TrainingData
from recsys.models.implicit_fits import bpr_factors


@dataclass(frozen=True, slots=True)
class BPR:
    """Matrix factorisation for pairwise ranking (Rendle et al. 2009), on one thread: only then it repeats."""

    factors: int = 128
    learning_rate: float = 0.05
    regularization: float = 0.01
    iterations: int = 100
    seed: int = 0
    name: str = "bpr"

    def fit(self, data: TrainingData) -> "BPRScorer":
        """Stochastic gradient descent over sampled pairs."""
        affinity = data.with_history().rows.affinity
        creators, products = bpr_factors(
            affinity,
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            seed=self.seed,
        )
        keys = _keys(affinity)
        order = np.argsort(keys, kind="stable")
        return BPRScorer(keys[order], creators[order], products)


@dataclass(frozen=True, slots=True)
class BPRScorer(LinearScorer):
    """BPR learns a factor for each creator and has no fold-in: a row that was trained on finds the factors
    learned for it (`keys` are hashes of rows, ascending), another one gets the mean of its products'.
    """

    kind: ClassVar[str] = "bpr"
    keys: Int64
    creator_factors: Float32
    item_factors: Float32

    @property
    def weights(self) -> Float32:
        """Product factors with their bias last, (f + 1) × products."""
        return self.item_factors.T

    def embed(self, rows: CreatorRows) -> Float32:
        """Learned factors where the row is known."""
        keys = _keys(rows.affinity)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        known = self.keys[places] == keys
        return np.where(known[:, np.newaxis], self.creator_factors[places], self._means(rows.affinity))

    def _means(self, affinity: CSR) -> Float32:
        counts: Int64 = np.maximum(np.diff(affinity.indptr), 1)
        sums: Float32 = np.asarray(affinity.sign() @ self.item_factors, dtype=np.float32)
        means = np.asarray(sums / counts[:, np.newaxis], dtype=np.float32)
        means[:, -1] = 1.0  # the last product factor is a bias that counts for everyone
        return means

    def state(self) -> ModelState:
        """Keys and factors."""
        return {"keys": self.keys, "creators": self.creator_factors, "items": self.item_factors}

    @classmethod
    def from_state(cls, state: ModelState) -> Self:
        """Restore."""
        creators, items = (state[name].astype(np.float32, copy=False) for name in ("creators", "items"))
        return cls(state["keys"].astype(np.int64, copy=False), creators, items)


def _keys(affinity: CSR) -> Int64:
    """A 64-bit hash of which products each row holds."""
    rows = (
        affinity.indices[affinity.indptr[row] : affinity.indptr[row + 1]].astype(np.int32).tobytes()
        for row in range(affinity.shape[0])
    )
    digests = [hashlib.blake2b(row, digest_size=8).digest() for row in rows]
    return np.frombuffer(b"".join(digests), dtype=np.int64).copy()
