"""How sales fall with the crowd, of which the truth is known here."""

from dataclasses import replace

import numpy as np
import pytest

from features.crowding import CrowdedDays
from recsys.clearing.crowd import PLACES
from training.value.crowding import halved_at, learn_crowd


def drawn(at: float, seed: int = 0) -> CrowdedDays:
    """300 products on 40 days, contents of 4 days on each; fashion brings the crowd, and sales."""
    rng = np.random.default_rng(seed)
    shape = (300, 40, 4)
    level = rng.lognormal(0, 1, (300, 1, 1))
    fashion = rng.lognormal(0, 0.5, (300, 40, 1))
    crowd = rng.poisson(10.0 * level * fashion * np.exp(rng.normal(0, 0.4, shape))).astype(np.float64)
    chances = rng.gamma(2.0, 50.0, shape)
    taken = rng.poisson(0.05 * chances * level * fashion / (1 + crowd / at)).astype(np.float64)
    products, days, _ = np.indices(shape)
    return CrowdedDays(
        products.ravel().astype(np.int32),
        days.ravel(),
        crowd.ravel(),
        chances.ravel(),
        taken.ravel(),
        np.full(300, 12.0),
    )


@pytest.mark.parametrize("at", [10.0, 40.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_crowd_that_halves_sales_is_found(at: float, seed: int) -> None:
    assert at / 2 < halved_at(drawn(at, seed)) < at * 2


def test_fashion_that_brings_both_crowd_and_sales_is_not_taken_for_it() -> None:
    assert [halved_at(drawn(np.inf, seed)) for seed in range(5)].count(np.inf) >= 4


def test_what_makes_a_product_popular_plays_no_part() -> None:
    seen = drawn(20.0)
    factor = np.random.default_rng(1).lognormal(0, 1, 300)[seen.products]
    assert halved_at(replace(seen, chances=seen.chances * factor)) == halved_at(seen)


def test_of_no_sales_nothing_is_told() -> None:
    seen = drawn(5.0)
    assert halved_at(replace(seen, taken=np.zeros_like(seen.taken))) == np.inf
    assert halved_at(CrowdedDays.unknown(np.zeros(3))) == np.inf


def test_who_gets_a_list_comes_to_promote_as_many_as_creators_do() -> None:
    crowd = learn_crowd(drawn(20.0), n_creators=1_200)
    assert crowd.promoting.tolist() == [12.0] * 300
    assert crowd.followed == pytest.approx(3 / PLACES)
