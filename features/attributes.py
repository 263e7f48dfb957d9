"""Attributes of creators and products as the models take them: one column for each value seen."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
from scipy import sparse

from recsys.arrays import CSR, csr

# Creator tiers of influencer marketing: nano, micro, mid, macro, mega.
FOLLOWER_TIERS = (
    (0, "none"),
    (1, "nano"),
    (10_000, "micro"),
    (50_000, "mid"),
    (500_000, "macro"),
    (1_000_000, "mega"),
)
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Attributes:
    """`values` (n × names, 1 or 0) says which attribute values each row has; names read `region=US`."""

    names: tuple[str, ...]
    values: CSR


def follower_tier(followers: int) -> str:
    """The tier that a number of followers belongs to."""
    return next(name for least, name in reversed(FOLLOWER_TIERS) if followers >= least)


def creator_attributes(creators: pa.Table) -> Attributes:
    """Region, language and follower tier of each row of the `creators` table."""
    tiers = [follower_tier(followers) for followers in creators["follower_count"].to_pylist()]
    return one_hot(
        {
            "region": creators["region"].to_pylist(),
            "language": creators["language"].to_pylist(),
            "tier": tiers,
        }
    )


def product_attributes(products: pa.Table) -> Attributes:
    """Category with its parents, brand, price band and title words of each row of the `products` table."""
    categories = [category.split("/") for category in products["category"].to_pylist()]
    depth = max((len(path) for path in categories), default=0)
    levels: dict[str, Sequence[str | None]] = {
        f"category{level}": ["/".join(path[:level]) if len(path) >= level else None for path in categories]
        for level in range(1, depth + 1)
    }
    bands = [price_band(float(price)) for price in products["price"].to_pylist()]
    single = one_hot(levels | {"brand": products["brand_id"].to_pylist(), "price": bands})
    words = title_words(products["title"].to_pylist())
    return Attributes(single.names + words.names, sparse.hstack([single.values, words.values], format="csr"))


def title_words(titles: Sequence[str | None]) -> Attributes:
    """One column for each word of two letters and more that at least two titles share."""
    words = [sorted(set(_WORD.findall(title.lower()))) if title else [] for title in titles]
    shared = {word for word, times in Counter(chain.from_iterable(words)).items() if times > 1}
    cells = [
        (row, f"word={word}") for row, all_words in enumerate(words) for word in all_words if word in shared
    ]
    return _indicators(cells, len(titles))


def price_band(price: float) -> str:
    """The power of two just above a price: each band is twice as dear as the one before."""
    return "0" if price <= 0 else f"2^{math.ceil(math.log2(price))}"


def one_hot(columns: Mapping[str, Sequence[str | None]]) -> Attributes:
    """One column for each `attribute=value` seen, in alphabetical order; a null has none."""
    length = len(next(iter(columns.values()))) if columns else 0
    cells = [
        (row, f"{attribute}={value}")
        for attribute, values in columns.items()
        for row, value in enumerate(values)
        if value is not None
    ]
    return _indicators(cells, length)


def _indicators(cells: Sequence[tuple[int, str]], length: int) -> Attributes:
    """A one at each (row, name), names in alphabetical order."""
    names = sorted({name for _, name in cells})
    position = {name: index for index, name in enumerate(names)}
    rows = [row for row, _ in cells]
    return Attributes(
        tuple(names),
        csr(np.ones(len(cells)), rows, [position[name] for _, name in cells], (length, len(names))),
    )
