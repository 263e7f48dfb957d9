"""What answers showed: the places of lists of products, as they were sent."""

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from recsys.release.prepared import PreparedLists
from serving.loaded import LoadedRelease
from serving.prepared import Page

# Lists of one release that are kept read: 3 kB each.
KEPT: Final = 4_096
_CREATOR: Final = b'{"creator_id":'
_PRODUCT: Final = b',"product_id":'
_RANK: Final = b',"rank":'
_PROPENSITY: Final = b',"propensity":'
_RELEASE: Final = b',"release_id":'


class Places(NamedTuple):
    """Places of lists, in columns of one length."""

    creator_ids: Sequence[str]
    product_ids: Sequence[str]
    positions: Sequence[int]
    propensities: Sequence[float]
    release_ids: Sequence[str]


def places_in(body: bytes) -> Places:
    """The places of all lists of products in a body, in their order.

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
    return Places(creators, products, positions, propensities, releases)


class PreparedPlaces:
    """The places of prepared lists: each list is read when it is shown first. For one thread."""

    def __init__(self) -> None:
        self._release_id = ""
        self._lists: dict[int, tuple[Sequence[str], Sequence[float]]] = {}

    def of(self, release: LoadedRelease, creator_id: str, page: Page) -> Places:
        """Those of a page of the list that a release holds of a creator."""
        if release.release_id != self._release_id or len(self._lists) >= KEPT:
            self._lists.clear()
            self._release_id = release.release_id
        creator = release.creator_index(creator_id)
        found = self._lists.get(creator)
        if found is None:
            found = self._lists[creator] = _read(release, creator)
        shown = slice(page.skip, page.skip + page.k)
        products, propensities = found[0][shown], found[1][shown]
        n = len(products)
        positions = range(page.skip + 1, page.skip + n + 1)
        return Places([creator_id] * n, products, positions, propensities, [release.release_id] * n)


def _read(release: LoadedRelease, creator: int) -> tuple[Sequence[str], Sequence[float]]:
    """Products and propensities of a prepared list."""
    lists: PreparedLists | None = None if release.prepared is None else release.prepared.creators
    whole = None if lists is None else lists.list_of(creator)
    if whole is None:
        return (), ()
    products = tuple(release.product_id(product) for product in whole.listed.tolist())
    return products, tuple(map(_propensity, whole.entries))


def _propensity(match: bytes) -> float:
    begin = match.rindex(_PROPENSITY) + len(_PROPENSITY)
    return float(match[begin : match.index(b",", begin)])


@lru_cache(maxsize=1 << 14)
def _text(literal: bytes) -> str:
    return str(json.loads(literal))
