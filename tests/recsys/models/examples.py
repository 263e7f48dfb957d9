"""Data that models are fitted on in the tests, and a count of these fits."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse import vstack as block_stack

from recsys.arrays import CSR, Float32, csr
from recsys.models.contract import CreatorRows, Scorer, TrainingData
from recsys.models.ials import IALS
from recsys.models.ridge import Ridge

N_CREATORS, N_PRODUCTS = 40, 25

Kind = TypeVar("Kind", Ridge, IALS)


def sparse(*rows: list[float]) -> CSR:
    """The CSR of a matrix written out."""
    array = np.array(rows, dtype=np.float32)
    places, columns = np.nonzero(array)
    return csr(array[places, columns], places, columns, (array.shape[0], array.shape[1]))


def one_hot(values: np.ndarray, n_values: int) -> CSR:
    """A one in the column of each row's value."""
    return csr(np.ones(len(values)), np.arange(len(values)), values, (len(values), n_values))


def vstack(matrices: Sequence[CSR]) -> CSR:
    """One above the other."""
    stacked: CSR = csr_array(block_stack(matrices, format="csr"))
    return stacked


def example(*, n_creators: int = N_CREATORS, n_products: int = N_PRODUCTS, seed: int = 0) -> TrainingData:
    """Random rows, of which the last is empty; the last product is nobody's."""
    rng = np.random.default_rng(seed)
    affinity = rng.gamma(1.0, 2.0, size=(n_creators, n_products)) * (
        rng.random((n_creators, n_products)) < 0.2
    )
    affinity[-1] = 0
    affinity[:, -1] = 0
    rows = CreatorRows(sparse(*affinity.tolist()), one_hot(rng.integers(0, 4, size=n_creators), 4))
    trend: Float32 = rng.gamma(1.0, 1.0, size=n_products).astype(np.float32)
    return TrainingData(rows, one_hot(rng.integers(0, 6, size=n_products), 6), trend)


def matrices(data: TrainingData) -> list[np.ndarray]:
    """Copies of every array inside, for comparison."""
    parts = (data.rows.affinity, data.rows.attributes, data.product_attributes)
    arrays = [array for part in parts for array in (part.data, part.indices, part.indptr)]
    return [array.copy() for array in (*arrays, data.trend)]


def record_fits(monkeypatch: pytest.MonkeyPatch, kind: type[Kind]) -> list[Kind]:
    """A list to which every model of a kind is added that is fitted from now on."""
    fitted: list[Kind] = []
    fit = kind.fit

    def recorded(self: Kind, data: TrainingData) -> Scorer:
        fitted.append(self)
        return fit(self, data)

    monkeypatch.setattr(kind, "fit", recorded)
    return fitted
