"""Attributes of creators and products as the models take them: one column for each value seen."""

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
from scipy import sparse

from features.columns import numbers
from recsys.arrays import CSR, Float64, Int64, csr

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
# Titles that are Python texts at a time.
_BATCH = 65_536


@dataclass(frozen=True, slots=True)
class Attributes:
    """`values` (n × names, 1 or 0) says which attribute values each row has; names read `region=US`."""

    names: tuple[str, ...]
    values: CSR


@dataclass(frozen=True, slots=True)
class Labels:
    """A label for each row: its place in the distinct `names`, or -1 where a row has none."""

    codes: Int64
    names: Sequence[str]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Self:
        """The values of a column of texts."""
        encoded = column.combine_chunks().dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return cls(codes.astype(np.int64), encoded.dictionary.to_pylist())

    def renamed(self, names: Sequence[str | None]) -> "Labels":
        """The same under other names, of which some may be equal; None takes a label away."""
        distinct = list(dict.fromkeys(name for name in names if name is not None))
        place = {name: code for code, name in enumerate(distinct)}
        # What has no label finds the last entry.
        moved = [-1 if name is None else place[name] for name in names] + [-1]
        return Labels(np.array(moved, dtype=np.int64)[self.codes], distinct)


def creator_attributes(creators: pa.Table) -> Attributes:
    """Region, language and follower tier of each row of the `creators` table."""
    return one_hot(
        {
            "region": Labels.of(creators["region"]),
            "language": Labels.of(creators["language"]),
            "tier": follower_tiers(creators["follower_count"].to_numpy()),
        }
    )


def product_attributes(products: pa.Table) -> Attributes:
    """Category with its parents, brand, price band and title words of each row of the `products` table."""
    categories = Labels.of(products["category"])
    single = one_hot(
        {
            **category_levels(categories),
            "brand": Labels.of(products["brand_id"]),
            "price": price_bands(numbers(products, "price")),
        }
    )
    words = title_words(products["title"])
    return Attributes(single.names + words.names, sparse.hstack([single.values, words.values], format="csr"))


def follower_tiers(followers: Int64) -> Labels:
    """The tier that each number of followers belongs to."""
    starts = np.array([least for least, _ in FOLLOWER_TIERS])
    return Labels(np.searchsorted(starts, followers, side="right") - 1, [name for _, name in FOLLOWER_TIERS])


def price_bands(prices: Float64) -> Labels:
    """The power of two just above each price: a band is twice as dear as the one before."""
    share, exponent = np.frexp(prices)
    # A price is share · 2^exponent with a share from 1/2, itself a power of two there, to below 1.
    powers, codes = np.unique(np.where(share == 0.5, exponent - 1, exponent), return_inverse=True)
    free = len(powers)
    return Labels(np.where(prices > 0, codes, free), [*(f"2^{power}" for power in powers.tolist()), "0"])


def category_levels(categories: Labels) -> dict[str, Labels]:
    """Category paths cut after their first step (`category1`), after the second, and so on."""
    paths = [category.split("/") for category in categories.names]
    depth = max(map(len, paths), default=0)
    return {
        f"category{level}": categories.renamed(
            ["/".join(path[:level]) if len(path) >= level else None for path in paths]
        )
        for level in range(1, depth + 1)
    }


def title_words(titles: pa.ChunkedArray) -> Attributes:
    """One column for each word of two letters and more that at least two titles share."""
    code_of: dict[str, int] = {}
    # Numbers, not Python objects: there are many more words in titles than there are different ones.
    codes, lengths = array("q"), array("q")
    for start in range(0, len(titles), _BATCH):
        for title in titles.slice(start, _BATCH).to_pylist():
            words = set(_WORD.findall(title.lower())) if title else set()
            codes.extend(code_of.setdefault(word, len(code_of)) for word in words)
            lengths.append(len(words))
    cells = np.frombuffer(codes, dtype=np.int64)
    rows = np.repeat(np.arange(len(lengths)), np.frombuffer(lengths, dtype=np.int64))
    shared = (np.bincount(cells, minlength=len(code_of)) > 1)[cells]
    return _indicators(rows[shared], cells[shared], [f"word={word}" for word in code_of], len(titles))


def one_hot(columns: Mapping[str, Labels]) -> Attributes:
    """One column for each `attribute=value` seen, in alphabetical order; a row without a label has none."""
    names: list[str] = []
    rows, codes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for attribute, labels in columns.items():
        labelled = np.flatnonzero(labels.codes >= 0)
        rows.append(labelled)
        codes.append(labels.codes[labelled] + len(names))
        names += [f"{attribute}={name}" for name in labels.names]
    length = max((len(labels.codes) for labels in columns.values()), default=0)
    return _indicators(np.concatenate(rows), np.concatenate(codes), names, length)


def _indicators(rows: Int64, codes: Int64, names: Sequence[str], length: int) -> Attributes:
    """A one at each (row, name of the code), names that occur in alphabetical order."""
    seen = sorted(np.unique(codes).tolist(), key=names.__getitem__)
    place = np.zeros(len(names), dtype=np.int64)
    place[seen] = np.arange(len(seen))
    return Attributes(
        tuple(names[code] for code in seen),
        csr(np.ones(len(codes)), rows, place[codes], (length, len(seen))),
    )
