import numpy as np
import pytest

from recsys.arrays import Float32
from recsys.value.asking import Asking, telling
from recsys.value.context import CREATOR_FEATURES


def _creators(*rows: tuple[float, float, float]) -> Float32:
    creators = np.full((len(rows), len(CREATOR_FEATURES)), 7.0, dtype=np.float32)
    for name, column in zip(
        ("without_history", "log_recent_contents", "log_promotions"), np.array(rows).T, strict=True
    ):
        creators[:, CREATOR_FEATURES.index(name)] = column
    return creators


ASKING = Asking(np.array([0.5, -2.0, 1.0, 0.1]), np.array([0.0, 0.0, -1.0]), np.array([1.0, 2.0, 1.0]))


def test_chances_by_hand() -> None:
    creators = _creators((1, 0, -1), (0, 2, 1), (0, 9, 9))
    odds = [0.5 - 2.0 - 0.1, 0.5 + 2.0 + 0.1, 0.5 + 2.0 + 0.1]
    assert ASKING.chance(creators) == pytest.approx(1 / (1 + np.exp(-np.array(odds))))
    np.testing.assert_array_equal(telling(creators)[0], [1, 0, -1])


def test_where_nothing_is_known_it_is_certain() -> None:
    assert Asking.certain().chance(_creators((1, 0, 0))).tolist() == [1.0]


@pytest.mark.parametrize("asking", [ASKING, Asking.certain()])
def test_it_comes_back_bit_for_bit(asking: Asking) -> None:
    creators = _creators((1, 0, -1), (0, 1, 0.3))
    np.testing.assert_array_equal(Asking.from_state(asking.state()).chance(creators), asking.chance(creators))
