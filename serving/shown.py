"""What answers showed: the places of lists of products, as they were sent."""

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import pyarrow as pa

from features.impression_log import SCHEMA
from recsys.release.prepared import PreparedLists
from serving.loaded import LoadedRelease
from serving.prepared import Page

# Pages of one release that are kept read: 1 to 2 kB each.
KEPT: Final = 4_096
_CREATOR: Final = b'{"creator_id":'
_PRODUCT: Final = b',"product_id":'
_RANK: Final = b',"rank":'
_PROPENSITY: Final = b',"propensity":'
_RELEASE: Final = b',"release_id":'


PLACES: Final = pa.schema(
    [SCHEMA.field(name) for name in ("creator_id", "product_id", "position", "propensity", "release_id")]
)
"""Of the places of lists: what each is, but for when it was shown."""


def places_in(body: bytes) -> pa.RecordBatch:
    """The places (`PLACES`) of all lists of products in a body, in their order.

    Parsing the whole of it, which is mostly reasons, takes several times as long. No text within JSON holds
    what is looked for here, since a quote in it is escaped.
    """
    creators, products, positions, propensities, releases = list[str](), list[str](), list[int](), [], []
    for match, after in pairwise(body.split(_PROPENSITY)):
        product = match.index(_PRODUCT)
        # Before a match there may be the name of the creator whose list begins.
        creator = match.rindex(_CREATOR, 0, product)
        rank = match.index(_RANK, product)
        release = after.index(_RELEASE)
        creators.append(_text(match[creator + len(_CREATOR) : product]))
        products.append(_text(match[product + len(_PRODUCT) : rank]))
        positions.append(int(match[rank + len(_RANK) : match.index(b",", rank + 1)]))
        propensities.append(float(after[:release]))
        releases.append(_text(after[release + len(_RELEASE) : after.index(b"}", release)]))
    return _places(creators, products, positions, propensities, releases)


class PreparedPlaces:
    """The places of prepared lists: each page is read when it is shown first. For one thread."""

    def __init__(self) -> None:
        self._release_id = ""
        self._pages: dict[tuple[str, Page], pa.RecordBatch] = {}

    def of(self, release: LoadedRelease, creator_id: str, page: Page) -> pa.RecordBatch:
        """Those (`PLACES`) of a page of the list that a release holds of a creator."""
        if release.release_id != self._release_id or len(self._pages) >= KEPT:
            self._pages.clear()
            self._release_id = release.release_id
        found = self._pages.get((creator_id, page))
        if found is None:
            found = self._pages[creator_id, page] = _read(release, creator_id, page)
        return found


def _read(release: LoadedRelease, creator_id: str, page: Page) -> pa.RecordBatch:
    """The places of a page of a prepared list."""
    lists: PreparedLists | None = None if release.prepared is None else release.prepared.creators
    whole = None if lists is None else lists.list_of(release.creator_index(creator_id))
    shown = slice(page.skip, page.skip + page.k)
    products = (
        [] if whole is None else [release.product_id(product) for product in whole.listed[shown].tolist()]
    )
    propensities = [] if whole is None else list(map(_propensity, whole.entries[shown]))
    n = len(products)
    positions = range(page.skip + 1, page.skip + n + 1)
    return _places([creator_id] * n, products, positions, propensities, [release.release_id] * n)


def _places(*columns: Sequence[str] | Sequence[int] | Sequence[float]) -> pa.RecordBatch:
    return pa.record_batch(
        [pa.array(column, kind) for column, kind in zip(columns, PLACES.types, strict=True)], PLACES
    )


def _propensity(match: bytes) -> float:
    begin = match.rindex(_PROPENSITY) + len(_PROPENSITY)
    return float(match[begin : match.index(b",", begin)])


@lru_cache(maxsize=1 << 14)
def _text(literal: bytes) -> str:
    return str(json.loads(literal))
