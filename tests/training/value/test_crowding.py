"""How sales fall with the crowd, of which the truth is known here."""

import numpy as np
import pytest

from training.value.crowding import halved_at


def drawn(at: float, seed: int = 0, spread: float = 0.4) -> tuple[np.ndarray, ...]:
    """600 products in 6 windows, each of its own level: what sold, was expected, began, and the product."""
    rng = np.random.default_rng(seed)
    products = np.repeat(np.arange(600), 6).astype(np.float64)
    level = np.exp(rng.normal(0, spread, 600))[products.astype(np.int64)]
    crowd = 1.0 + rng.poisson(8.0 * level)
    expected = crowd * rng.lognormal(0, 0.3, len(crowd))
    mean = level * expected / (1 + crowd / at)
    sold = rng.negative_binomial(2.0, 2.0 / (2.0 + mean)).astype(np.float64)
    return sold, expected, crowd, products


@pytest.mark.parametrize("at", [5.0, 15.0])
def test_the_crowd_that_halves_sales_is_found(at: float) -> None:
    assert halved_at(*drawn(at)) == pytest.approx(at, rel=0.6)


def test_sales_that_do_not_fall_are_not_said_to() -> None:
    assert [halved_at(*drawn(np.inf, seed)) for seed in range(5)].count(np.inf) >= 4


def test_what_makes_a_product_popular_plays_no_part() -> None:
    sold, expected, crowd, products = drawn(np.inf)
    # As much more expected of a product in all windows changes nothing.
    level = np.random.default_rng(1).lognormal(0, 1, 600)[products.astype(np.int64)]
    assert halved_at(sold, expected * level, crowd, products) == halved_at(sold, expected, crowd, products)


def test_of_few_sales_nothing_is_told() -> None:
    sold, expected, crowd, products = drawn(5.0)
    assert halved_at(np.zeros_like(sold), expected, crowd, products) == np.inf
