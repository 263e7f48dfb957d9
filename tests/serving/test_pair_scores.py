import numpy as np
import pytest

from recsys.arrays import Float32, Int32
from serving.filters import CreatorFilter
from serving.matcher import Matcher
from serving.pair_scores import BARRED, best_products
from serving.rules import allowed_pairs

RULES = CreatorFilter().rules
PRODUCTS = np.arange(0, 40, 3, dtype=np.int32)


def by_hand(matcher: Matcher, creators: Int32) -> Float32:
    payload = matcher.release.payload
    scores = payload.model.score(payload.rows)[creators][:, PRODUCTS]
    allowed = allowed_pairs(matcher.release, RULES, creators, PRODUCTS)
    return np.where(allowed, scores, BARRED).astype(np.float32)


@pytest.mark.parametrize("each", [1, 3, 20])
@pytest.mark.parametrize("n_creators", [25, 4])
def test_the_best_of_each_creator_are_those_of_its_whole_list(
    large_matcher: Matcher, monkeypatch: pytest.MonkeyPatch, each: int, n_creators: int
) -> None:
    creators = np.arange(n_creators, dtype=np.int32)
    expected = by_hand(large_matcher, creators)
    for cells in (16_000_000, 1):
        monkeypatch.setattr("recsys.batches.CELLS", cells)
        scores, names = best_products(large_matcher.release, RULES, creators, PRODUCTS, each)
        assert scores.shape == names.shape == (n_creators, each)
        best = -np.sort(-expected, axis=1)[:, :each]
        padded = np.full((n_creators, each), BARRED)
        padded[:, : best.shape[1]] = best
        np.testing.assert_allclose(scores, padded, atol=1e-4)
        assert ((names == -1) == (scores == BARRED)).all()


def test_names_go_with_their_scores(large_matcher: Matcher) -> None:
    creators = np.array([7, 3], dtype=np.int32)
    expected = by_hand(large_matcher, creators)
    scores, names = best_products(large_matcher.release, RULES, creators, PRODUCTS, 4)
    for row in range(2):
        for score, name in zip(scores[row], names[row], strict=True):
            assert name in PRODUCTS
            assert score == pytest.approx(expected[row, int(name) // 3], abs=1e-4)
