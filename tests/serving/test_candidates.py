import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Bool
from serving.candidates import (
    Candidates,
    ProductSignals,
    Source,
    creator_candidates,
    draw_of,
    product_candidates,
    within_support,
)

SMALL = {Source.SCORE: 2, Source.TRENDING: 1, Source.OWN_CATEGORY: 1, Source.EXPLORATION: 1}
# Ten products. The best by score are 0 and 1, 5 sells most, the creator's own category is that of 6 and 7
# (7 sells more), and all but 9 are promoted by many.
SIGNALS = ProductSignals(
    scores=np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], dtype=np.float32),
    recent_units=np.array([1, 0, 0, 0, 0, 50, 2, 3, 0, 0]),
    own_share=np.array([0.1, 0, 0, 0, 0, 0, 0.9, 0.9, 0, 0]),
    promoters=np.array([9, 9, 9, 9, 9, 9, 9, 9, 9, 0]),
)
ALL = np.ones(10, dtype=np.bool_)


def candidates(allowed: Bool = ALL, k: int = 1, key: str = "ada") -> Candidates:
    return product_candidates(SIGNALS, allowed, k, draw_of("release", key), SMALL)


def by_source(found: Candidates, source: Source) -> list[int]:
    brought: list[int] = found.indices[found.found_by[source]].tolist()
    return brought


def test_each_source_brings_its_best() -> None:
    found = candidates()
    assert by_source(found, Source.SCORE) == [0, 1]
    assert by_source(found, Source.TRENDING) == [5]
    assert by_source(found, Source.OWN_CATEGORY) == [7]
    assert len(by_source(found, Source.EXPLORATION)) == 1


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
    allowed = np.arange(10) >= 5
    assert by_source(candidates(allowed), Source.SCORE) == [5, 6, 7, 8, 9]


def test_as_many_as_asked_for_are_candidates_by_score() -> None:
    assert by_source(candidates(k=7), Source.SCORE) == [0, 1, 2, 3, 4, 5, 6]


def test_exploration_depends_on_the_key_alone_and_favours_the_least_promoted() -> None:
    drawn = [by_source(candidates(key=str(key)), Source.EXPLORATION)[0] for key in range(50)]
    assert drawn == [by_source(candidates(key=str(key)), Source.EXPLORATION)[0] for key in range(50)]
    assert len(set(drawn)) > 3
    # Product 9 is always among the five that one is drawn of, each other in four of nine draws.
    assert drawn.count(9) == max(drawn.count(product) for product in range(10))


def test_the_largest_creators_are_candidates_beside_the_best() -> None:
    scores = np.array([5, 4, 3, -np.inf, 1], dtype=np.float32)
    followers = np.array([1, 2, 3, 99, 50])
    bounds = {Source.SCORE: 1, Source.LARGEST: 1}
    found = creator_candidates(scores, followers, scores > -np.inf, 1, bounds)
    assert found.indices.tolist() == [0, 4]
    assert [found.sources(position) for position in (0, 1)] == [(Source.SCORE,), (Source.LARGEST,)]
    everyone = creator_candidates(scores, followers, scores > -np.inf, 1)
    assert everyone.indices.tolist() == [0, 1, 2, 4]


@given(st.lists(st.booleans(), min_size=10, max_size=10), st.integers(1, 20))
def test_any_request_gets_enough_allowed_candidates(allowed: list[bool], k: int) -> None:
    mask = np.array(allowed)
    found = candidates(mask, k)
    assert set(found.indices.tolist()) <= set(np.flatnonzero(mask).tolist())
    assert len(found) >= min(k, mask.sum())
    assert len(found) <= max(k, SMALL[Source.SCORE]) + 3 or len(found) == mask.sum()


SCORES = np.array([0.5, -1.0, 0.2, 0.9, -0.3], dtype=np.float32)


def supported(support: float, k: int, allowed: list[int] | None = None) -> list[int]:
    mask = np.isin(np.arange(5), range(5) if allowed is None else allowed)
    chosen: list[int] = np.flatnonzero(within_support(SCORES, mask, support, k)).tolist()
    return chosen


def test_what_scores_as_much_as_most_of_the_past_is_supported() -> None:
    assert supported(0.2, k=1) == [0, 2, 3]
    assert supported(0.2, k=3) == [0, 2, 3]
    assert supported(0.2, k=1, allowed=[1, 2, 4]) == [2]
    assert supported(-np.inf, k=1) == [0, 1, 2, 3, 4]


def test_the_best_by_score_fill_up_where_too_few_are_supported() -> None:
    assert supported(0.2, k=4) == [0, 2, 3, 4]
    assert supported(5.0, k=2) == [0, 3]
    assert supported(5.0, k=2, allowed=[1, 2, 4]) == [2, 4]
    assert supported(5.0, k=9, allowed=[1, 2]) == [1, 2]
    assert supported(0.2, k=9, allowed=[]) == []


def test_the_mask_of_what_is_allowed_is_left_as_it_is() -> None:
    allowed = np.array([True, True, False, True, True])
    before = allowed.copy()
    within_support(SCORES, allowed, 5.0, 2)
    np.testing.assert_array_equal(allowed, before)


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.booleans()), min_size=1, max_size=15),
    st.integers(-10, 10),
    st.integers(1, 20),
)
def test_k_are_left_wherever_k_are_allowed_and_the_unsupported_only_fill_up(
    entries: list[tuple[int, bool]], support: int, k: int
) -> None:
    scores = np.array([score for score, _ in entries], dtype=np.float32)
    allowed = np.array([may for _, may in entries])
    chosen = within_support(scores, allowed, support, k)
    assert not (chosen & ~allowed).any()
    assert chosen.sum() >= min(k, allowed.sum())
    # All that is supported stays, and no other comes but to make k.
    assert chosen[allowed & (scores >= support)].all()
    if (chosen & (scores < support)).any():
        assert chosen.sum() == min(k, allowed.sum())
        assert scores[chosen].min() >= scores[allowed & ~chosen].max(initial=-np.inf)
