import numpy as np
import pytest

from features.correspondence import fit_specialty
from recsys.arrays import CSR, Float64, csr, empty_csr
from recsys.value.specialty import Specialty


def _counts(dense: Float64) -> CSR:
    rows, columns = np.nonzero(dense)
    return csr(dense[rows, columns], rows, columns, (dense.shape[0], dense.shape[1]))


def _two_camps(n: int, share: float, seed: int = 0) -> Float64:
    """Creators of two camps, six categories; of twelve products `share` lie in the camp's own three."""
    rng = np.random.default_rng(seed)
    camp = np.arange(n) % 2
    own = rng.binomial(12, share, n)
    dense = np.zeros((n, 6))
    for creator in range(n):
        inside, outside = 3 * camp[creator], 3 * (1 - camp[creator])
        dense[creator, inside : inside + 3] = rng.multinomial(own[creator], [1 / 3] * 3)
        dense[creator, outside : outside + 3] = rng.multinomial(12 - own[creator], [1 / 3] * 3)
    return dense


def _fit(specialty: Specialty) -> Float64:
    n, m = len(specialty.creators), len(specialty.categories)
    creators, categories = (place.ravel().astype(np.int32) for place in np.indices((n, m)))
    return specialty.fit(creators, categories).reshape(n, m)


def test_creators_fit_the_categories_of_their_camp() -> None:
    fit = _fit(fit_specialty(_counts(_two_camps(200, 0.9)), empty_csr((200, 0))))
    assert (fit[::2, :3] > 0).mean() > 0.95
    assert (fit[::2, 3:] < 0).mean() > 0.95
    assert (fit[1::2, 3:] > 0).mean() > 0.95


def test_one_direction_is_kept_where_there_are_two_camps_and_none_where_there_is_chance_alone() -> None:
    assert fit_specialty(_counts(_two_camps(200, 0.9)), empty_csr((200, 0))).creators.shape == (200, 1)
    assert fit_specialty(_counts(_two_camps(200, 0.5)), empty_csr((200, 0))).creators.shape == (200, 0)


def test_more_history_of_the_same_kind_says_more() -> None:
    dense = _two_camps(200, 0.9)
    dense[0] = [1, 1, 1, 0, 0, 0]
    dense[2] = [4, 4, 4, 0, 0, 0]
    fit = _fit(fit_specialty(_counts(dense), empty_csr((200, 0))))
    assert fit[2, 0] > fit[0, 0] > 0


def test_a_creator_without_history_is_told_by_its_attributes() -> None:
    dense = _two_camps(200, 0.9)
    dense[:2] = 0.0
    camp = np.arange(200) % 2
    attributes = csr(np.ones(200), np.arange(200), camp, (200, 2))
    fit = _fit(fit_specialty(_counts(dense), attributes))
    assert fit[0, 0] > 0 > fit[0, 5]
    assert fit[1, 5] > 0 > fit[1, 0]
    alone = _fit(fit_specialty(_counts(dense), empty_csr((200, 0))))
    assert (alone[:2] == 0).all()


def test_what_the_market_promotes_most_is_nobodys_specialty() -> None:
    dense = _two_camps(200, 0.9)
    scaled = dense * np.array([1, 1, 1, 1, 1, 1])
    scaled[:, 5] += 12
    fit = _fit(fit_specialty(_counts(scaled), empty_csr((200, 0))))
    assert abs(fit[:, 5].mean()) < abs(fit[1::2, 4].mean())


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (4, 3)])
def test_without_history_there_is_no_specialty(shape: tuple[int, int]) -> None:
    specialty = fit_specialty(empty_csr(shape), empty_csr((shape[0], 0)))
    assert specialty.creators.shape == (shape[0], 0)
    assert specialty.categories.shape == (shape[1], 0)
    assert (_fit(specialty) == 0).all()
