import numpy as np
import pytest

from recsys.arrays import Float32
from recsys.value.context import FEATURES
from recsys.value.untried import TRIED, WITHOUT_HISTORY, Untried

UNTRIED = Untried(lean=0.4, lean_new=0.9, slope=0.5, centre=1.0, reach=2.0, blur=0.2, blur_new=0.6)


def _row(tried: bool, new: bool) -> Float32:
    row = np.zeros((1, len(FEATURES)), dtype=np.float32)
    row[0, TRIED], row[0, WITHOUT_HISTORY] = tried, new
    return row


@pytest.mark.parametrize(
    ("log_mean", "new", "expected"),
    [
        (1.0, False, 1.0 - 0.4),
        (1.0, True, 1.0 - 0.9),
        (2.0, False, 2.0 - 0.4 + 0.5 * 1.0),
        (-0.5, False, -0.5 - 0.4 - 0.5 * 1.5),
        # No further than `reach` from the centre.
        (9.0, False, 9.0 - 0.4 + 0.5 * 2.0),
        (-9.0, True, -9.0 - 0.9 - 0.5 * 2.0),
    ],
)
def test_a_pair_that_nobody_tried_by_hand(log_mean: float, new: bool, expected: float) -> None:
    mean, blur = UNTRIED.of(np.exp([log_mean]), _row(tried=False, new=new))
    assert np.log(mean) == pytest.approx([expected])
    assert blur.tolist() == [0.6 if new else 0.2]


def test_a_pair_that_was_tried_is_told_as_it_was_learned() -> None:
    mean, blur = UNTRIED.of(np.array([3.0]), _row(tried=True, new=False))
    assert (mean.tolist(), blur.tolist()) == ([3.0], [0.0])


def test_as_chosen_changes_nothing() -> None:
    mean, blur = Untried.as_chosen().of(np.array([0.0, 3.0]), np.repeat(_row(False, True), 2, axis=0))
    assert (mean.tolist(), blur.tolist()) == ([0.0, 3.0], [0.0, 0.0])


def test_it_comes_back_bit_for_bit() -> None:
    assert Untried.from_state(UNTRIED.state()) == UNTRIED
