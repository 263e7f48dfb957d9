"""Lists that the night renders, so that the plainest of questions is answered by looking it up.

The night asks the very code that answers otherwise, and keeps each match as the JSON that the service would
send. Who asks for nothing but a page of the list of its own gets these bytes again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from pydantic import BaseModel
from pydantic_core import to_json

from recsys.arrays import Bool, Int32, Int64
from recsys.blas import single_threaded
from recsys.release.prepared import Prepared, PreparedList, PreparedLists
from recsys.release.reader import Release
from serving.brand_lists import split_by_tier
from serving.lists import creators_for_product, products_for_creator
from serving.loaded import LOAD_ERRORS, LoadedRelease
from serving.matcher import DEFAULT_K, Matcher
from serving.matches import Answer
from serving.objectives import CREATOR_OBJECTIVES, PRODUCT_OBJECTIVES, Objective, chosen_objective
from serving.queries import CreatorQuery, ProductQuery
from serving.schemas import CreatorMatches, ProductMatches
from serving.settings import DEFAULTS

PLACES: Final = DEFAULT_K
# A release's id hangs on all that is in it, so what is in it cannot tell it. No text within JSON holds this.
_NO_ID: Final = b'"release_id":""'
_NO_TIERS: Final = b'"tiers":{}'


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that is asked for: k places after the first `skip`."""

    k: int = DEFAULT_K
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A page that was looked up: what is on it, and the body that says so."""

    page: Page
    listed: PreparedList
    body: bytes


def prepare(release: Release, most: int) -> Prepared | None:
    """Render the list of at most so many creators, and so many products: the active ones of most history.

    None where the release cannot answer: whoever checks it will say why.
    """
    try:
        return _rendered(release, most)
    except LOAD_ERRORS:
        return None


def _rendered(release: Release, most: int) -> Prepared:
    with single_threaded():
        loaded = replace(LoadedRelease.of(release), release_id="")
        loaded.prepare()
        matcher, creators, products = Matcher(loaded, DEFAULTS.explore), loaded.creators, loaded.products
        history = np.diff(loaded.payload.affinity.values.indptr)
        chosen = (
            _busiest(creators.is_active, history, most),
            _busiest(products.is_active, loaded.promoters, most),
        )
        return Prepared(
            PreparedLists.of(len(creators.is_active), PLACES, _of_creators(matcher, chosen[0])),
            PreparedLists.of(len(products.is_active), PLACES, _of_products(matcher, chosen[1])),
            matcher.explore,
        )


def prepared_products(matcher: Matcher, creator_id: str, page: Page) -> Told | None:
    """A page of `products_for_creator`; None where the night did not prepare it."""
    release, prepared = matcher.release, _prepared(matcher)
    ids = release.payload.affinity.creators
    found = None if prepared is None else _cut(prepared.creators, ids.find(creator_id), page)
    if found is None:
        return None
    return Told(
        page, found, _joined(release, _frame(release, ProductMatches, PRODUCT_OBJECTIVES, page.k), found)
    )


def prepared_creators(matcher: Matcher, product_id: str, page: Page) -> Told | None:
    """A page of `creators_for_product`; None where the night did not prepare it."""
    release, prepared = matcher.release, _prepared(matcher)
    ids = release.payload.affinity.products
    found = None if prepared is None else _cut(prepared.products, ids.find(product_id), page)
    if found is None:
        return None
    tiers = b'"tiers":%b' % to_json(split_by_tier(release, found.listed))
    frame = _frame(release, CreatorMatches, CREATOR_OBJECTIVES, page.k).replace(_NO_TIERS, tiers)
    return Told(page, found, _joined(release, frame, found))


def _prepared(matcher: Matcher) -> Prepared | None:
    """What a matcher would answer by; None where it would answer otherwise than the night did."""
    prepared = matcher.release.prepared
    return prepared if prepared is not None and prepared.explore == matcher.explore else None


def _cut(lists: PreparedLists, index: int, page: Page) -> PreparedList | None:
    """A page of a list; None where that is not there (of who is unknown, at -1), or ends before the page."""
    end = page.skip + page.k
    whole = lists.list_of(index) if index >= 0 else None
    # A list with places left is all that there is.
    if whole is None or (end > lists.places and len(whole.entries) == lists.places):
        return None
    return PreparedList(whole.listed[page.skip : end], whole.entries[page.skip : end])


def _frame(
    release: LoadedRelease,
    kind: type[ProductMatches | CreatorMatches],
    objectives: Sequence[Objective],
    k: int,
) -> bytes:
    """The JSON of a body without matches, rendered once for a release."""
    frame = release.frames.get((kind.__name__, k))
    if frame is None:
        answer = Answer(chosen_objective(release, None, objectives), ())
        frame = kind.of(release, k, answer).model_dump_json().encode()
        release.frames[kind.__name__, k] = frame
    return frame


def _joined(release: LoadedRelease, frame: bytes, page: PreparedList) -> bytes:
    """A body without matches, with those of a page."""
    named = b'"release_id":"%b"' % release.release_id.encode()
    # What is looked for stands near the end of each.
    matches = b",".join([named.join(entry.rsplit(_NO_ID, 1)) for entry in page.entries])
    return b"%b%b]}" % (frame.removesuffix(b"]}"), matches)


def _busiest(active: Bool, history: Int64 | Int32, most: int) -> Int32:
    """At most so many indices, ascending: active ones before others, then those of most history."""
    return np.sort(np.lexsort((-history, ~active))[:most]).astype(np.int32)


def _of_creators(matcher: Matcher, creators: Int32) -> Iterator[tuple[int, PreparedList]]:
    release, query = matcher.release, ProductQuery(k=PLACES)
    for creator in creators.tolist():
        matches = products_for_creator(matcher, release.creator_id(creator), query).matches
        yield creator, _list_of([release.product_index(match.product_id) for match in matches], matches)


def _of_products(matcher: Matcher, products: Int32) -> Iterator[tuple[int, PreparedList]]:
    release, query = matcher.release, CreatorQuery(k=PLACES)
    for product in products.tolist():
        matches = creators_for_product(matcher, release.product_id(product), query).matches
        yield product, _list_of([release.creator_index(match.creator_id) for match in matches], matches)


def _list_of(listed: Sequence[int], matches: Sequence[BaseModel]) -> PreparedList:
    entries = tuple(match.model_dump_json().encode() for match in matches)
    return PreparedList(np.array(listed, dtype=np.int32), entries)
