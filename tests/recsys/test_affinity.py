import numpy as np
import pytest

from recsys.affinity import AffinityMatrix
from recsys.arrays import csr
from recsys.errors import DataError
from recsys.ids import IdIndex

CREATORS = IdIndex.from_ids("creator", ["a", "b"])
PRODUCTS = IdIndex.from_ids("product", ["x", "y", "z"])


def test_rows_and_columns_without_history_stay() -> None:
    matrix = AffinityMatrix(CREATORS, PRODUCTS, csr([0.5], [0], [1], (2, 3)))
    assert matrix.values.shape == (2, 3)


def test_a_shape_that_does_not_fit_the_ids_is_refused() -> None:
    with pytest.raises(DataError, match=r"shape \(3, 2\), its ids say \(2, 3\)"):
        AffinityMatrix(CREATORS, PRODUCTS, csr([], [], [], (3, 2)))


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_value_that_cannot_be_a_confidence_is_refused(value: float) -> None:
    with pytest.raises(DataError, match="not finite and above zero"):
        AffinityMatrix(CREATORS, PRODUCTS, csr([value], [0], [1], (2, 3)))
