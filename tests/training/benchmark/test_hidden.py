import numpy as np

from recsys.models.profile import Profile
from tests.recsys.models.examples import example
from tests.training.search.examples import market
from training.benchmark.hidden import choose_on_hidden, hold_out


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


def test_what_is_chosen_on_hidden_products_has_profiles_where_it_is_told_so() -> None:
    data, _ = market(60)
    with_profile, without = (choose_on_hidden(data, with_profile=told, seed=1) for told in (True, False))

    assert any(isinstance(part, Profile) for part in with_profile.parts)
    assert [part.name for part in with_profile.parts[:-1]] == [part.name for part in without.parts]
