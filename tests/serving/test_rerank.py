import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Float64, Int32
from recsys.errors import UsageError
from serving.rerank import best_of_each, rerank


def floats(*values: float) -> Float64:
    return np.array(values, dtype=np.float64)


def codes(*values: int) -> Int32:
    return np.array(values, dtype=np.int32)


def test_without_diversity_the_most_valuable_come_first() -> None:
    listed = rerank(floats(2, 5, 3, 5), codes(0, 0, 0, 0), codes(0, 0, 0, 0), k=3)
    assert listed.positions.tolist() == [1, 3, 2]
    assert listed.cost == 0


def test_mmr_by_hand() -> None:
    # Scaled values 1, 0.9, 0.5, 0. After the first: the second shares category and brand (likeness 1), the
    # third only the category (1/2), the fourth nothing. At diversity 1/2 the marginals are
    # 0.45 - 0.5 = -0.05, 0.25 - 0.25 = 0, 0 - 0 = 0: the earlier of the equal two, then the fourth at 0.
    values = floats(10, 9, 5, 0)
    listed = rerank(values, codes(1, 1, 1, 2), codes(1, 1, 2, 3), k=3, diversity=0.5)
    assert listed.positions.tolist() == [0, 2, 3]
    assert listed.cost == pytest.approx(1 - 15 / 24)


def test_likeness_is_to_the_most_alike_of_those_chosen() -> None:
    # The fourth is like the first by brand and like the second by category: half, not a whole.
    listed = rerank(floats(4, 3, 2, 2), codes(1, 2, 2, 2), codes(1, 2, 2, 1), k=3, diversity=1)
    assert listed.positions.tolist() == [0, 1, 3]


def test_full_diversity_starts_with_the_most_valuable() -> None:
    listed = rerank(floats(1, 3, 2), codes(1, 1, 2), codes(1, 1, 2), k=2, diversity=1)
    assert listed.positions.tolist() == [1, 2]


def test_values_below_zero_cost_from_the_least_of_them() -> None:
    listed = rerank(floats(1, 0.5, -1), codes(1, 1, 2), codes(1, 1, 2), k=2, diversity=1)
    assert listed.positions.tolist() == [0, 2]
    assert listed.cost == pytest.approx(1 - (2 + 0) / (2 + 1.5))


def test_nothing_to_choose_from_is_an_empty_list() -> None:
    listed = rerank(floats(), codes(), codes(), k=3, diversity=0.5)
    assert (listed.positions.tolist(), listed.cost) == ([], 0)


@pytest.mark.parametrize(("k", "diversity"), [(0, 0.0), (1, -0.1), (1, 1.1), (1, float("nan"))])
def test_nonsense_is_refused(k: int, diversity: float) -> None:
    with pytest.raises(UsageError):
        rerank(floats(1), codes(0), codes(0), k, diversity)


def test_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="NaN"):
        rerank(floats(1, np.nan), codes(0, 0), codes(0, 0), 1)
    with pytest.raises(UsageError, match="NaN"):
        best_of_each(floats(1, np.nan), codes(0, 0), 1)


def test_the_best_of_each_group_is_taken_once() -> None:
    assert best_of_each(floats(1, 3, 2, 3), codes(7, 7, 8, 9), k=5).tolist() == [1, 3, 2]
    assert best_of_each(floats(1, 3, 2, 3), codes(7, 7, 8, 9), k=2).tolist() == [1, 3]


CANDIDATES = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.integers(0, 3), st.integers(0, 3)), min_size=0, max_size=30
)


@given(CANDIDATES, st.integers(1, 40), st.floats(0, 1))
def test_any_list_is_full_without_repeats_and_its_cost_is_a_share(
    candidates: list[tuple[float, int, int]], k: int, diversity: float
) -> None:
    values = floats(*(value for value, _, _ in candidates))
    listed = rerank(
        values, codes(*(c for _, c, _ in candidates)), codes(*(b for *_, b in candidates)), k, diversity
    )
    chosen = listed.positions.tolist()
    assert len(chosen) == len(set(chosen)) == min(k, len(candidates))
    assert 0 <= listed.cost <= 1
    if k >= len(candidates):
        assert listed.cost == 0
    if chosen:
        assert values[chosen[0]] == values.max()


@given(CANDIDATES, st.integers(1, 40))
def test_no_diversity_is_plain_top_k(candidates: list[tuple[float, int, int]], k: int) -> None:
    values = floats(*(value for value, _, _ in candidates))
    listed = rerank(values, codes(*(c for _, c, _ in candidates)), codes(*(b for *_, b in candidates)), k)
    best = sorted(range(len(values)), key=lambda position: (-values[position], position))
    assert listed.positions.tolist() == best[:k]
    assert listed.cost == 0


@given(CANDIDATES, st.integers(1, 40))
def test_the_best_of_each_are_all_different_and_in_order(
    candidates: list[tuple[float, int, int]], k: int
) -> None:
    values, groups = floats(*(value for value, _, _ in candidates)), codes(*(g for _, g, _ in candidates))
    best = {g: max(v for v, other, _ in candidates if other == g) for _, g, _ in candidates}
    found = best_of_each(values, groups, k).tolist()
    assert len({groups[at] for at in found}) == len(found) == min(k, len(best))
    assert values[found].tolist() == sorted(best.values(), reverse=True)[:k]
