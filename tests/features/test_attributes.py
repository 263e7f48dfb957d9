import math
import re
from collections import Counter
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.attributes import (
    FOLLOWER_TIERS,
    Attributes,
    Labels,
    creator_attributes,
    follower_tiers,
    one_hot,
    price_bands,
    product_attributes,
    title_words,
)


def _texts(labels: Labels) -> list[str]:
    return [labels.names[code] for code in labels.codes.tolist()]


def _held(attributes: Attributes) -> list[set[str]]:
    rows = [attributes.values[[row]].indices.tolist() for row in range(attributes.values.shape[0])]
    return [{attributes.names[place] for place in row} for row in rows]


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
    assert _texts(follower_tiers(np.array([followers, 5]))) == [tier, "nano"]


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
    assert _texts(price_bands(np.array([price, 3.0]))) == [band, "2^2"]


def test_one_column_for_each_value_seen_and_none_for_null() -> None:
    attributes = one_hot(
        {
            "region": Labels.of(pa.chunked_array([["US", None], ["DE"]])),
            "language": Labels(np.array([0, 0, -1]), ["en", "unseen"]),
        }
    )
    assert attributes.names == ("language=en", "region=DE", "region=US")
    assert attributes.values.toarray().tolist() == [[1, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_no_rows_and_no_columns_have_no_attributes() -> None:
    assert one_hot({}).values.shape == (0, 0)
    nothing = Labels.of(pa.chunked_array([pa.array([None, None], pa.string())]))
    assert one_hot({"region": nothing}).values.shape == (2, 0)


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
    assert _held(attributes) == [
        {
            "category1=Beauty", "category2=Beauty/Skin care", "category3=Beauty/Skin care/Serums",
            "brand=b1", "price=2^4", "word=serum",
        },
        {"category1=Beauty", "brand=b2", "price=2^2"},
        {"category1=Home", "category2=Home/Skin care", "brand=b1", "price=2^4", "word=serum"},
    ]  # fmt: skip


def test_a_word_that_two_titles_share_is_an_attribute_of_both() -> None:
    titles = ["Pink HEART, no. 12", None, "heart of glass", "", "Pink-pink lamp 12"]
    attributes = title_words(pa.chunked_array([titles]))
    assert attributes.names == ("word=heart", "word=pink")
    assert attributes.values.toarray().tolist() == [[1, 1], [0, 0], [1, 0], [0, 0], [0, 1]]


OPTIONAL_TEXTS = st.none() | st.text(alphabet="aé=/中", max_size=3)


@given(st.lists(st.tuples(st.integers(0, 2_000_000), OPTIONAL_TEXTS, OPTIONAL_TEXTS), max_size=8))
def test_creators_attributes_are_those_of_the_plain_rule(
    rows: list[tuple[int, str | None, str | None]],
) -> None:
    followers, regions, languages = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    attributes = creator_attributes(
        pa.table(
            {
                "follower_count": pa.array(followers, pa.int64()),
                "region": pa.array(regions, pa.string()),
                "language": pa.array(languages, pa.string()),
            }
        )
    )
    expected = [
        {f"tier={next(name for least, name in reversed(FOLLOWER_TIERS) if count >= least)}"}
        | ({f"region={region}"} if region is not None else set())
        | ({f"language={language}"} if language is not None else set())
        for count, region, language in rows
    ]
    assert _held(attributes) == expected
    assert list(attributes.names) == sorted(set().union(*expected))


PRICES = st.decimals(0, 10**6, places=4) | st.integers(0, 20).map(lambda power: Decimal(2**power))
TITLES = st.none() | st.lists(
    st.sampled_from(["Rose", "rose", "ÉTÉ", "x1", "ab_cd", "İx", "½¾", "2in1"])
).map(" ".join)


@given(st.lists(st.tuples(st.text(alphabet="ab/", max_size=5), PRICES, TITLES), max_size=8))
def test_products_attributes_are_those_of_the_plain_rule(rows: list[tuple[str, Decimal, str | None]]) -> None:
    attributes = product_attributes(
        pa.table(
            {
                "category": pa.array([category for category, _, _ in rows], pa.string()),
                "brand_id": pa.array(["b"] * len(rows), pa.string()),
                "price": pa.array([price for _, price, _ in rows], pa.decimal128(18, 4)),
                "title": pa.array([title for _, _, title in rows], pa.string()),
            }
        )
    )
    words = [set(re.findall(r"[^\W\d_]{2,}", (title or "").lower())) for _, _, title in rows]
    titles_with = Counter(word for found in words for word in found)
    expected = []
    for (category, price, _), found in zip(rows, words, strict=True):
        path = category.split("/")
        band = "0" if price <= 0 else f"2^{math.ceil(math.log2(price))}"
        expected.append(
            {"brand=b", f"price={band}"}
            | {f"category{level}={'/'.join(path[:level])}" for level in range(1, len(path) + 1)}
            | {f"word={word}" for word in found if titles_with[word] > 1}
        )
    assert _held(attributes) == expected
    single = {name for names in expected for name in names if not name.startswith("word=")}
    shared = {name for names in expected for name in names if name.startswith("word=")}
    assert list(attributes.names) == sorted(single) + sorted(shared)
