import numpy as np

from recsys.arrays import empty_csr
from recsys.models.contract import CreatorRows, TrainingData
from recsys.models.ials import IALS, Confidence
from tests.recsys.models.examples import example, sparse


def test_blocks_of_a_block_diagonal_market_are_found() -> None:
    rows: list[list[float]] = [
        [1, 1, 0, 1, 0, 0, 0, 0],
        [1, 0, 1, 1, 0, 0, 0, 0],
        [0, 1, 1, 1, 0, 0, 0, 0],
    ] * 5
    rows += [[0, 0, 0, 0, 1, 1, 0, 1], [0, 0, 0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1]] * 5
    affinity = sparse(*rows)
    data = TrainingData(CreatorRows.without_attributes(affinity), empty_csr((8, 0)), np.zeros(8, np.float32))
    scores = (
        IALS(factors=2).fit(data).score(CreatorRows.without_attributes(sparse([1, 1, 0, 0, 0, 0, 0, 0])))[0]
    )

    assert scores[2:4].min() > scores[4:].max() + 0.1


def test_the_scale_of_affinity_plays_no_part() -> None:
    data = example()
    affinity = data.rows.affinity
    scaled = CreatorRows((affinity * 8.0).tocsr(), data.rows.attributes)
    large = TrainingData(scaled, data.product_attributes, data.trend)

    np.testing.assert_allclose(
        IALS(factors=6).fit(large).score(scaled), IALS(factors=6).fit(data).score(data.rows), atol=1e-3
    )


def test_without_any_affinity_all_scores_are_zero() -> None:
    rows = CreatorRows.without_attributes(empty_csr((4, 6)))
    data = TrainingData(rows, empty_csr((6, 0)), np.zeros(6, np.float32))

    assert not IALS().fit(data).score(rows).any()


def test_confidence_by_hand() -> None:
    # Row sums 4 and 1, column sums 1 and 4, by exponents 1/2: 1/(2·1), 3/(2·2), 1/(1·2); their mean is 7/12.
    affinity = sparse([1, 3], [0, 1])
    confidence = Confidence.of(affinity, 0.5, 0.5)

    expected = np.array([[1 / 2, 3 / 4], [0, 1 / 2]]) / (7 / 12)
    np.testing.assert_allclose(confidence.rows(affinity).toarray(), expected, rtol=1e-6)


def test_a_product_that_nobody_had_is_no_obstacle() -> None:
    data = example()
    unseen = CreatorRows.without_attributes(sparse([0.0] * 24 + [1.0]))

    assert np.isfinite(IALS(factors=4).fit(data).score(unseen)).all()
