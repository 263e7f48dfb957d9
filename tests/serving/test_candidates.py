import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Bool
from serving.candidates import (
    Candidates,
    ProductSignals,
    Source,
    best_of_the_rest,
    by_score,
    creator_candidates,
    product_candidates,
)

SMALL = {Source.SCORE: 2, Source.TRENDING: 1, Source.OWN_CATEGORY: 1}
# Ten products. The best by score are 0 and 1, 5 sells most and the creator's own category is that of 6 and 7
# (7 sells more).
SIGNALS = ProductSignals(
    scores=np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], dtype=np.float32),
    recent_units=np.array([1, 0, 0, 0, 0, 50, 2, 3, 0, 0]),
    own_share=np.array([0.1, 0, 0, 0, 0, 0, 0.9, 0.9, 0, 0]),
)
ALL = np.ones(10, dtype=np.bool_)


def candidates(allowed: Bool = ALL) -> Candidates:
    return product_candidates(SIGNALS, allowed, SMALL)


def by_source(found: Candidates, source: Source) -> list[int]:
    brought: list[int] = found.indices[found.found_by[source]].tolist()
    return brought


def test_each_source_brings_its_best() -> None:
    found = candidates()
    assert by_source(found, Source.SCORE) == [0, 1]
    assert by_source(found, Source.TRENDING) == [5]
    assert by_source(found, Source.OWN_CATEGORY) == [7]


def test_candidates_come_by_score_and_name_all_their_sources() -> None:
    found = candidates()
    assert found.indices.tolist() == sorted(found.indices.tolist())  # scores fall with the index
    assert found.sources(0)[0] is Source.SCORE
    assert len(found) == len(set(found.indices.tolist()))
    assert all(found.sources(position) for position in range(len(found)))


def test_what_is_not_allowed_is_not_brought() -> None:
    allowed = ALL.copy()
    allowed[[0, 5, 7]] = False
    found = candidates(allowed)
    assert by_source(found, Source.SCORE) == [1, 2]
    assert by_source(found, Source.TRENDING) == [6]
    assert by_source(found, Source.OWN_CATEGORY) == [6]


def test_a_product_without_sales_is_not_trending_and_a_foreign_one_not_own() -> None:
    allowed = np.isin(np.arange(10), [1, 2, 3, 4, 8, 9])
    found = candidates(allowed)
    assert by_source(found, Source.TRENDING) == by_source(found, Source.OWN_CATEGORY) == []


def test_few_allowed_products_are_all_candidates() -> None:
    allowed = np.arange(10) >= 6
    assert by_source(candidates(allowed), Source.SCORE) == [6, 7, 8, 9]


def test_the_largest_creators_are_candidates_beside_the_best() -> None:
    scores = np.array([5, 4, 3, -np.inf, 1], dtype=np.float32)
    followers = np.array([1, 2, 3, 99, 50])
    bounds = {Source.SCORE: 1, Source.LARGEST: 1}
    found = creator_candidates(scores, followers, scores > -np.inf, bounds)
    assert found.indices.tolist() == [0, 4]
    assert [found.sources(position) for position in (0, 1)] == [(Source.SCORE,), (Source.LARGEST,)]
    everyone = creator_candidates(scores, followers, scores > -np.inf)
    assert everyone.indices.tolist() == [0, 1, 2, 4]


@given(st.lists(st.booleans(), min_size=10, max_size=10))
def test_candidates_are_allowed_and_bounded(allowed: list[bool]) -> None:
    mask = np.array(allowed)
    found = candidates(mask)
    assert set(found.indices.tolist()) <= set(np.flatnonzero(mask).tolist())
    assert min(4, mask.sum()) >= len(found) >= min(2, mask.sum())


SCORES = np.array([0.5, -1.0, 0.2, 0.9, -0.3], dtype=np.float32)


def test_by_score_alone_the_best_are_candidates() -> None:
    found = by_score(SCORES, np.array([True, True, True, False, True]), 3)
    assert found.indices.tolist() == [0, 2, 4]
    assert found.sources(2) == (Source.SCORE,)


def test_a_list_goes_on_by_score_with_what_is_not_ranked_yet() -> None:
    allowed = np.array([True, True, True, False, True])
    before = allowed.copy()
    assert best_of_the_rest(SCORES, allowed, np.array([2], dtype=np.int32), 2).tolist() == [0, 4]
    assert best_of_the_rest(SCORES, allowed, np.array([], dtype=np.int32), 9).tolist() == [0, 2, 4, 1]
    assert best_of_the_rest(SCORES, allowed, np.array([2], dtype=np.int32), 0).tolist() == []
    np.testing.assert_array_equal(allowed, before)
