"""What answers showed: the places of lists of products, as they were sent."""

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from recsys.release.prepared import PreparedList
from serving.loaded import LoadedRelease
from serving.prepared import Page

# Pages of one release that are kept read: 1 to 2 kB each.
KEPT: Final = 4_096
_CREATOR: Final = b'{"creator_id":'
_PRODUCT: Final = b',"product_id":'
_RANK: Final = b',"rank":'
_PROPENSITY: Final = b',"propensity":'
_RELEASE: Final = b',"release_id":'


class Places(NamedTuple):
    """The places of lists, in columns as the log has them: what each is, but for when it was shown."""

    creator_id: Sequence[str]
    product_id: Sequence[str]
    position: Sequence[int]
    propensity: Sequence[float]
    release_id: Sequence[str]


def places_in(body: bytes) -> Places:
    """The places of all lists of products in a body, in their order.

    Parsing the whole of it, which is mostly reasons, takes several times as long. No text within JSON holds
    what is looked for here, since a quote in it is escaped.
    """
    creators, products, positions = list[str](), list[str](), list[int]()
    propensities, releases = list[float](), list[str]()
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
    """The places of prepared lists: each page is read when it is shown first. For one thread."""

    def __init__(self) -> None:
        self._release_id = ""
        self._pages: dict[tuple[str, Page], Places] = {}

    def of(self, release: LoadedRelease, creator_id: str, page: Page, found: PreparedList) -> Places:
        """Those of a page of a creator's list, which holds what was found."""
        if release.release_id != self._release_id or len(self._pages) >= KEPT:
            self._pages.clear()
            self._release_id = release.release_id
        places = self._pages.get((creator_id, page))
        if places is None:
            places = self._pages[creator_id, page] = _read(release, creator_id, page, found)
        return places


def _read(release: LoadedRelease, creator_id: str, page: Page, found: PreparedList) -> Places:
    n = len(found.entries)
    return Places(
        [creator_id] * n,
        [release.product_id(product) for product in found.listed.tolist()],
        range(page.skip + 1, page.skip + n + 1),
        [_propensity(entry) for entry in found.entries],
        [release.release_id] * n,
    )


def _propensity(match: bytes) -> float:
    begin = match.rindex(_PROPENSITY) + len(_PROPENSITY)
    return float(match[begin : match.index(b",", begin)])


@lru_cache(maxsize=1 << 14)
def _text(literal: bytes) -> str:
    return str(json.loads(literal))
