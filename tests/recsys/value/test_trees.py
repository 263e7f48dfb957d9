import numpy as np
import pytest

from recsys.value.trees import Trees

# One tree splits column 1 at 2, then what is above in column 0 at -1; the other is a single leaf of 100.
TREES = Trees(
    feature=np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], dtype=np.int32),
    threshold=np.array([[2.0, 0.0, -1.0, 0.0, 0.0], [0.0] * 5]),
    left=np.array([[1, 1, 3, 3, 4], [0, 1, 2, 3, 4]], dtype=np.int32),
    right=np.array([[2, 1, 4, 3, 4], [0, 1, 2, 3, 4]], dtype=np.int32),
    value=np.array([[50.0, 1.0, 70.0, 2.0, 3.0], [100.0, 0, 0, 0, 0]]),
)


@pytest.mark.parametrize(
    ("row", "leaf"),
    [
        ((9.0, 1.0), 1.0),
        ((9.0, 2.0), 1.0),  # at most the threshold goes left
        ((-1.0, 2.1), 2.0),
        ((-0.9, 2.1), 3.0),
    ],
)
def test_a_row_gets_the_sum_of_its_leaves(row: tuple[float, float], leaf: float) -> None:
    assert TREES.predict(np.array([row], dtype=np.float32)).tolist() == [leaf + 100.0]


def test_rows_are_told_each_on_its_own() -> None:
    rows = np.array([[9.0, 1.0], [-1.0, 2.1], [-0.9, 2.1]], dtype=np.float32)
    assert TREES.predict(rows).tolist() == [101.0, 102.0, 103.0]
    assert TREES.predict(rows[:0]).tolist() == []


def test_no_trees_predict_nothing() -> None:
    nothing = np.zeros((0, 1))
    trees = Trees(
        nothing.astype(np.int32), nothing, nothing.astype(np.int32), nothing.astype(np.int32), nothing
    )
    assert trees.predict(np.ones((3, 2), dtype=np.float32)).tolist() == [0.0, 0.0, 0.0]


def test_thresholds_are_compared_in_double_precision() -> None:
    # 0.1 in single precision is a little more than 0.1.
    trees = Trees(
        feature=np.zeros((1, 3), dtype=np.int32),
        threshold=np.array([[0.1, 0.0, 0.0]]),
        left=np.array([[1, 1, 2]], dtype=np.int32),
        right=np.array([[2, 1, 2]], dtype=np.int32),
        value=np.array([[0.0, -1.0, 1.0]]),
    )
    assert trees.predict(np.array([[0.1]], dtype=np.float32)).tolist() == [1.0]


def test_trees_are_restored_from_their_arrays() -> None:
    restored = Trees(**TREES.state())  # type: ignore[arg-type]
    rows = np.random.default_rng(0).normal(0, 3, (50, 2)).astype(np.float32)
    np.testing.assert_array_equal(restored.predict(rows), TREES.predict(rows))
