import numpy as np
import pytest

from recsys.models.contract import Embedding, dense
from recsys.models.pairs import pair_products
from tests.recsys.models.examples import sparse

EMBEDDING = sparse([1, 0, 2], [0, 0, 0], [3, 1, 0])
WEIGHTS = sparse([1, 0], [0, 5], [2, 2])
CREATORS, PRODUCTS = np.array([0, 2, 1, 0, 2]), np.array([1, 1, 0, 0, 0])
# (1·0 + 2·2), (3·0 + 1·5), nothing, (1·1 + 2·2), (3·1 + 1·0)
EXPECTED = [4, 5, 0, 5, 3]


@pytest.mark.parametrize("cells", [1, 16_000_000])
@pytest.mark.parametrize("embedding", [EMBEDDING, dense(EMBEDDING)], ids=["sparse", "dense"])
@pytest.mark.parametrize("weights", [WEIGHTS, dense(WEIGHTS)], ids=["sparse", "dense"])
def test_each_pair_by_hand(
    monkeypatch: pytest.MonkeyPatch, embedding: Embedding, weights: Embedding, cells: int
) -> None:
    monkeypatch.setattr("recsys.batches.CELLS", cells)
    assert pair_products(embedding, weights, CREATORS, PRODUCTS).tolist() == EXPECTED


def test_no_pairs_have_no_scores() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert pair_products(EMBEDDING, WEIGHTS, nothing, nothing).shape == (0,)
