import numpy as np
import pytest

from recsys.arrays import empty_csr
from recsys.errors import UsageError
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.popularity import Popularity, PopularityScorer
from recsys.models.recommend import recommend
from tests.recsys.models.examples import example, sparse

SCORER = PopularityScorer(np.array([[1, 3, 2, 0]], dtype=np.float32))
ROWS = CreatorRows.without_attributes(empty_csr((2, 4)))


def test_each_row_is_barred_from_its_own_exclusions() -> None:
    ranking = recommend(SCORER, ROWS, 2, exclude=sparse([0, 1, 0, 0], [0, 0, 1, 1]))
    assert ranking.indices.tolist() == [[2, 0], [1, 0]]


def test_what_is_not_eligible_is_barred_for_all() -> None:
    ranking = recommend(SCORER, ROWS, 2, eligible=np.array([True, False, True, False]))
    assert ranking.indices.tolist() == [[2, 0], [2, 0]]


@pytest.mark.parametrize("k", [0, -3])
def test_a_k_below_one_is_refused_with_and_without_rows(k: int) -> None:
    for rows in (ROWS, ROWS[:0]):
        with pytest.raises(UsageError, match="k must be at least 1"):
            recommend(SCORER, rows, k)


def test_shapes_that_do_not_fit_are_refused_each_by_name() -> None:
    with pytest.raises(UsageError, match=r"exclude has the shape \(1, 4\)"):
        recommend(SCORER, ROWS, 2, exclude=empty_csr((1, 4)))
    with pytest.raises(UsageError, match=r"eligible has the shape \(3,\)"):
        recommend(SCORER, ROWS, 2, eligible=np.ones(3, dtype=np.bool_))
    with pytest.raises(UsageError, match=r"affinity rows have the shape \(2, 3\)"):
        recommend(SCORER, CreatorRows.without_attributes(empty_csr((2, 3))), 2)


def test_rows_and_training_data_must_pair_up() -> None:
    with pytest.raises(UsageError, match="2 affinity rows do not pair with 1 attribute rows"):
        CreatorRows(empty_csr((2, 3)), empty_csr((1, 3)))
    data = example()
    with pytest.raises(UsageError, match="for a catalog of 25"):
        TrainingData(data.rows, data.product_attributes, data.trend[:-1])


def test_scores_are_ranked_by_the_thousands_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = example()
    scorer = Popularity().fit(data)
    whole = recommend(scorer, data.rows, 5, exclude=data.rows.affinity)
    monkeypatch.setattr("recsys.batches.CELLS", 1)
    single = recommend(scorer, data.rows, 5, exclude=data.rows.affinity)
    np.testing.assert_array_equal(single.indices, whole.indices)
    np.testing.assert_array_equal(single.scores, whole.scores)
