import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.recsys.plan.cases import sets

ROWS = st.lists(st.sets(st.integers(0, 30)), min_size=1, max_size=5)


@given(ROWS, st.sets(st.integers(0, 30)))
def test_which_buyers_are_in_a_set(rows: list[set[int]], buyers: set[int]) -> None:
    asked = sorted(buyers)
    for row, own in enumerate(rows):
        found = sets(*map(sorted, rows)).has(row, np.array(asked, dtype=np.int32))
        assert found.tolist() == [buyer in own for buyer in asked]


def test_sums_are_of_each_row_also_of_an_empty_one() -> None:
    values = np.arange(10.0)
    assert sets([1, 3], [], [9], [0, 1, 2]).sums(values).tolist() == [4.0, 0.0, 9.0, 3.0]
