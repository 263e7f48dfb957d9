import numpy as np

from recsys.holdout import hide_creators, hide_products, hold_out
from tests.recsys.models.examples import example


def test_what_is_hidden_and_what_is_left_make_the_whole() -> None:
    data = example(n_creators=80, n_products=40)
    left, task = hold_out(data, 30, seed=1)
    whole = data.rows.affinity.toarray()
    chosen = [place for place in range(80) if (left.rows.affinity.toarray()[place] != whole[place]).any()]

    assert len(chosen) == 30
    np.testing.assert_array_equal(
        left.rows.affinity.toarray()[chosen] + task.relevant.toarray(), whole[chosen]
    )
    np.testing.assert_array_equal(task.exclude.toarray(), left.rows.affinity.toarray()[chosen])
    known = np.count_nonzero(whole[chosen], axis=1)
    np.testing.assert_array_equal(np.diff(task.relevant.indptr), np.maximum(1, np.round(known * 0.2)))


def test_creators_with_little_stay_whole() -> None:
    data = example(n_creators=80, n_products=12)
    _, task = hold_out(data, 80)
    known = np.diff(data.rows.affinity.indptr)

    assert len(task.rows) == (known >= 4).sum() < 80


def test_it_repeats_and_differs_by_seed() -> None:
    data = example(n_creators=80, n_products=40)
    first, again, other = (hold_out(data, 30, seed=seed)[1].relevant.toarray() for seed in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


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
