import pytest

from recsys.models.recipe import ITEM_ITEM_ENTRIES, neighbours_within


@pytest.mark.parametrize(
    ("n_products", "neighbours"), [(0, 1_000), (64_000, 1_000), (128_000, 500), (ITEM_ITEM_ENTRIES, 50)]
)
def test_a_large_catalog_keeps_fewer_neighbours_of_each_product(n_products: int, neighbours: int) -> None:
    assert neighbours_within(1_000, n_products) == neighbours
