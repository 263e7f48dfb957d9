"""Whose lists a release holds."""

from recsys.release.prepared import PreparedLists
from serving.loaded import LoadedRelease


def prepared_places(release: LoadedRelease) -> tuple[list[int], list[int]]:
    """The indexes of the creators and of the products whose list was prepared."""
    prepared = release.prepared
    assert prepared is not None
    return _of(prepared.creators), _of(prepared.products)


def _of(lists: PreparedLists) -> list[int]:
    return [place for place in range(len(lists.listed)) if lists.list_of(place) is not None]
