import numpy as np

from benchmarks.cold_start import hide_creators, hide_products
from tests.recsys.models.examples import example


def test_hidden_creators_keep_what_they_may_and_are_asked_for_the_rest() -> None:
    data = example(n_creators=80, n_products=40)
    sold = data.rows.affinity
    whole = sold.toarray()
    for kept in (0, 2):
        left, task = hide_creators(data, sold, 0.25, kept=kept, seed=3)
        rows = left.rows.affinity.toarray()
        changed = np.flatnonzero((rows != whole).any(axis=1))
        able = np.count_nonzero(np.diff(sold.indptr) > kept)

        assert len(changed) == len(task.rows) == round(able * 0.25)
        assert (np.count_nonzero(rows[changed], axis=1) == kept).all()
        np.testing.assert_array_equal(task.relevant.toarray() + rows[changed], whole[changed])
        np.testing.assert_array_equal(left.trend, data.trend)


def test_hidden_products_leave_no_trace_but_their_attributes() -> None:
    data = example(n_creators=80, n_products=40)
    left, task = hide_products(data, data.rows.affinity, 0.25, seed=3)
    hidden = task.eligible

    assert hidden.sum() == round(39 * 0.25)  # the last product is nobody's
    assert not left.rows.affinity.toarray()[:, hidden].any()
    assert not left.trend[hidden].any()
    np.testing.assert_array_equal(left.trend[~hidden], data.trend[~hidden])
    assert left.product_attributes is data.product_attributes
    whole = data.rows.affinity.toarray()
    asked = whole[:, hidden].any(axis=1)
    np.testing.assert_array_equal(task.relevant.toarray()[:, hidden], whole[np.ix_(asked, hidden)])
    assert not task.relevant.toarray()[:, ~hidden].any()
