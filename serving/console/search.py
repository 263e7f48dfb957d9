"""Finds creators, products and brands by what a person types."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.ids import IdIndex
from serving.columns import TextColumn
from serving.loaded import LoadedRelease

AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Found:
    """Ids that fit, at most `AT_MOST` of each kind; a product has its title too."""

    creators: tuple[str, ...]
    products: tuple[tuple[str, str | None], ...]
    brands: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.creators or self.products or self.brands)


def search(release: LoadedRelease, text: str) -> Found:
    """Creators and products by how their id begins, products also by a part of their title, brands by one."""
    creators, products = release.payload.affinity.creators, release.payload.affinity.products
    by_id = [products.require(product_id) for product_id in _beginning(products, text)]
    indexes = list(dict.fromkeys([*by_id, *_rows_with(release.products.title, text)]))[:AT_MOST]
    brands = sorted(brand for brand in release.products.brand.values if _holds(brand, text))
    return Found(
        creators=_beginning(creators, text),
        products=_titled(release, indexes),
        brands=tuple(brands[:AT_MOST]),
    )


def examples(release: LoadedRelease) -> Found:
    """Where to begin: creators with most followers, products that sold most lately, and their brands."""
    creators = np.argsort(-release.creators.follower_count, kind="stable")[:AT_MOST]
    products = [
        int(product) for product in np.argsort(-release.products.recent_units, kind="stable")[:AT_MOST]
    ]
    brands = (release.products.brand.require(product) for product in products)
    return Found(
        creators=tuple(release.creator_id(int(creator)) for creator in creators),
        products=_titled(release, products),
        brands=tuple(dict.fromkeys(brands)),
    )


def _titled(release: LoadedRelease, products: Sequence[int]) -> tuple[tuple[str, str | None], ...]:
    return tuple((release.product_id(product), release.products.title[product]) for product in products)


def _beginning(ids: IdIndex, text: str) -> tuple[str, ...]:
    """The first ids that begin with the text: they stand together, since ids are in order."""
    first = bisect_left(range(len(ids)), text, key=ids.id_of)
    near = (ids.id_of(index) for index in range(first, min(first + AT_MOST, len(ids))))
    return tuple(identifier for identifier in near if identifier.startswith(text))


def _rows_with(column: TextColumn, text: str) -> list[int]:
    rows = np.flatnonzero(column.where(lambda value: _holds(value, text)))[:AT_MOST]
    return [int(row) for row in rows]


def _holds(value: str, text: str) -> bool:
    return text.casefold() in value.casefold()
