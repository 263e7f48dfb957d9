import numpy as np

from recsys.models.bpr import BPR
from recsys.models.contract import CreatorRows
from tests.recsys.models.examples import example, sparse


def test_a_row_that_was_trained_on_gets_its_learned_factors_wherever_it_stands() -> None:
    data = example()
    scorer = BPR(factors=6, iterations=40).fit(data)

    np.testing.assert_array_equal(scorer.embed(data.rows[7:9]), scorer.embed(data.rows)[7:9])


def test_another_row_gets_the_mean_of_its_products() -> None:
    scorer = BPR(factors=6, iterations=40).fit(example())
    row = [0.0] * 25
    row[3] = row[11] = row[20] = row[21] = row[22] = 2.0
    embedded = scorer.embed(CreatorRows.without_attributes(sparse(row)))[0]
    expected = scorer.item_factors[[3, 11, 20, 21, 22]].mean(axis=0)

    np.testing.assert_allclose(embedded[:-1], expected[:-1], rtol=1e-5, atol=1e-6)
    assert embedded[-1] == 1.0  # the bias of a product counts in full
