import numpy as np

from recsys.arrays import csr
from training.segments import creator_segments, product_segments


def test_creators_are_new_small_or_established_by_the_products_in_their_row() -> None:
    rows = [1] * 4 + [2] * 5
    columns = [0, 1, 2, 3, 0, 1, 2, 3, 4]
    segments = creator_segments(csr(np.ones(9), rows, columns, (3, 5)))

    assert segments["new creators"].tolist() == [True, False, False]
    assert segments["small creators"].tolist() == [False, True, False]
    assert segments["established creators"].tolist() == [False, False, True]


def test_the_head_is_the_fewest_products_that_hold_half_of_all_affinity() -> None:
    # Columns hold 3, 4, 2 and 1 of 10: the 4 alone is less than half, with the 3 it is more.
    segments = product_segments(csr([3.0, 4.0, 2.0, 1.0], [0, 0, 0, 0], [0, 1, 2, 3], (1, 4)))

    assert segments["head products"].tolist() == [True, True, False, False]
    assert segments["tail products"].tolist() == [False, False, True, True]
