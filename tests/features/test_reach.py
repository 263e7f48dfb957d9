import numpy as np

from features.reach import creator_reach


def test_a_steep_line_through_alike_creators_says_nothing_of_those_beyond_them() -> None:
    stats = {
        "watched": np.array([1.0, 1.0, 0.0, 0.0]),
        "views": np.array([10.0, 10_000.0, 0.0, 0.0]),
        "squared_views": np.array([1e2, 1e8, 0.0, 0.0]),
    }
    reach = creator_reach(stats, np.log1p(np.array([1_000.0, 1_001.0, 1_000_000.0, 0.0])))
    assert reach[1] > reach[0]
    np.testing.assert_allclose(reach[2:], reach[[1, 0]], rtol=1e-3)
