"""Mean and deviation of a creator's whole list of scores, without scoring it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys.arrays import CSR, Float32, column_sums, csr, row_sums
from recsys.models.contract import Embedding, dense

# Sums that a list is told by, and the cells of one part's sketch: at most 32 MiB.
MOST_SUMS, LEAST_SUMS, CELLS = 512, 32, 8_000_000


@dataclass(frozen=True, slots=True)
class Moments:
    """What lists `embed(creator) · weights` (d × products) are like, from the embedding alone.

    `mean` (d) is the mean weight of all products, so that `e · mean` is the mean of a list, exactly. `sketch`
    (d × s) sums the weights less their mean over the products that are dealt to each of s sums, each with a
    random sign: `|e · sketch|` estimates the deviation of the list, with a relative standard error of at
    most `1 / √(2s)` whatever the scores are like (Charikar, Chen, Farach-Colton, "Finding Frequent Items in
    Data Streams", 2002; Thorup and Zhang 2012), and exactly where there are no more products than sums.
    """

    mean: Float32
    sketch: Float32

    @classmethod
    def of(cls, weights: Embedding, deal: CSR) -> Self:
        """From the product side of a part and a `deal` of its products."""
        n_products = max(int(weights.shape[1]), 1)
        totals = (
            weights.sum(axis=1, dtype=np.float64) if isinstance(weights, np.ndarray) else row_sums(weights)
        )
        mean = np.asarray(totals / n_products, dtype=np.float32)
        share = column_sums(deal).astype(np.float32)
        return cls(mean, np.ascontiguousarray(dense(weights @ deal) - np.outer(mean, share)))

    def means(self, embedding: Embedding) -> Float32:
        """The mean of each creator's list."""
        return np.asarray(embedding @ self.mean, dtype=np.float32)

    def sketches(self, embedding: Embedding) -> Float32:
        """Each creator's list less its mean, as s sums: n × s. The norm of a row is the list's deviation."""
        return dense(embedding @ self.sketch)


def deal(n_products: int, n_rows: int) -> CSR:
    """Which sum each product counts to and with which sign, products × sums, in units of `1 / √products`.

    The same for the same numbers. As many sums as `CELLS` allow for a part of `n_rows` rows.
    """
    rng = np.random.default_rng(0)
    n_sums = max(1, min(n_products, max(LEAST_SUMS, min(MOST_SUMS, CELLS // max(n_rows, 1)))))
    signs = rng.choice([-1.0, 1.0], size=n_products) / np.sqrt(max(n_products, 1))
    return csr(signs, rng.permutation(n_products), np.arange(n_products) % n_sums, (n_products, n_sums))


def deviations(sketches: Float32) -> Float32:
    """The deviation of each list from its sketch."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", sketches, sketches)), dtype=np.float32)
