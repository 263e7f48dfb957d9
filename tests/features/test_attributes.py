import pyarrow as pa
import pytest

from features.attributes import (
    creator_attributes,
    follower_tier,
    one_hot,
    price_band,
    product_attributes,
    title_words,
)


@pytest.mark.parametrize(
    ("followers", "tier"),
    [
        (0, "none"),
        (1, "nano"),
        (9_999, "nano"),
        (10_000, "micro"),
        (50_000, "mid"),
        (499_999, "mid"),
        (500_000, "macro"),
        (1_000_000, "mega"),
        (10**12, "mega"),
    ],
)
def test_a_tier_begins_at_its_least_number_of_followers(followers: int, tier: str) -> None:
    assert follower_tier(followers) == tier


@pytest.mark.parametrize(
    ("price", "band"),
    [
        (0, "0"),
        (0.3, "2^-1"),
        (1, "2^0"),
        (8, "2^3"),
        (8.01, "2^4"),
        (15.99, "2^4"),
        (16, "2^4"),
        (17, "2^5"),
    ],
)
def test_each_price_band_is_twice_as_dear_as_the_one_before(price: float, band: str) -> None:
    assert price_band(price) == band


def test_one_column_for_each_value_seen_and_none_for_null() -> None:
    attributes = one_hot({"region": ["US", None, "DE"], "language": ["en", "en", None]})
    assert attributes.names == ("language=en", "region=DE", "region=US")
    assert attributes.values.toarray().tolist() == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_no_rows_and_no_columns_have_no_attributes() -> None:
    assert one_hot({}).values.shape == (0, 0)
    assert one_hot({"region": [None, None]}).values.shape == (2, 0)


def test_creators_have_region_language_and_tier() -> None:
    table = pa.table({"follower_count": [5, 20_000], "region": ["US", None], "language": [None, "de"]})
    attributes = creator_attributes(table)
    assert attributes.names == ("language=de", "region=US", "tier=micro", "tier=nano")
    assert attributes.values.toarray().tolist() == [[0, 1, 0, 1], [1, 0, 1, 0]]


def test_products_have_each_level_of_their_category_brand_price_band_and_shared_words() -> None:
    table = pa.table(
        {
            "category": ["Beauty/Skin care/Serums", "Beauty", "Home/Skin care"],
            "brand_id": ["b1", "b2", "b1"],
            "price": [10.0, 3.0, 16.0],
            "title": ["Rose serum", None, "Serum rack"],
        }
    )
    attributes = product_attributes(table)
    held = [
        {attributes.names[place] for place in attributes.values[[row]].indices.tolist()} for row in range(3)
    ]
    assert held == [
        {
            "category1=Beauty", "category2=Beauty/Skin care", "category3=Beauty/Skin care/Serums",
            "brand=b1", "price=2^4", "word=serum",
        },
        {"category1=Beauty", "brand=b2", "price=2^2"},
        {"category1=Home", "category2=Home/Skin care", "brand=b1", "price=2^4", "word=serum"},
    ]  # fmt: skip


def test_a_word_that_two_titles_share_is_an_attribute_of_both() -> None:
    attributes = title_words(["Pink HEART, no. 12", None, "heart of glass", "", "Pink-pink lamp 12"])
    assert attributes.names == ("word=heart", "word=pink")
    assert attributes.values.toarray().tolist() == [[1, 1], [0, 0], [1, 0], [0, 0], [0, 1]]
