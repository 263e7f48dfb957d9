import numpy as np

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.popularity import Popularity
from tests.recsys.models.examples import sparse


def test_everyone_gets_the_column_sums() -> None:
    rows = CreatorRows.without_attributes(sparse([1, 2, 0], [0, 0.5, 0]))
    data = TrainingData(rows, empty_csr((3, 0)), np.zeros(3, dtype=np.float32))
    assert Popularity().fit(data).score(rows).tolist() == [[1, 2.5, 0], [1, 2.5, 0]]


def test_many_small_values_do_not_vanish_beside_a_large_one() -> None:
    # 2²⁴ + 1 is 2²⁴ in float32: a sum in float32 would lose every one of the ones.
    rows = CreatorRows.without_attributes(sparse([2.0**24], *([[1.0]] * 64)))
    data = TrainingData(rows, empty_csr((1, 0)), np.zeros(1, dtype=np.float32))
    assert Popularity().fit(data).totals.tolist() == [[2.0**24 + 64]]
