"""Answers the plainest questions before a route is asked: a page of a list that the night rendered."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.matcher import DEFAULT_K, Matcher
from serving.observe.metrics import Metrics
from serving.prepared import Page, Told, prepared_creators, prepared_products
from serving.queries import MAX_K, MAX_SKIP
from serving.routing import Found, route_of

# Whoever writes the two otherwise is answered by the route: the same, in more time.
_PAGE: Final = re.compile(rb"(?:k=([1-9][0-9]{0,2})(?:&|$))?(?:skip=([0-9]{1,4}))?")
_LISTS: Final[Mapping[str, tuple[str, Callable[[Matcher, str, Page], Told | None]]]] = {
    "/v1/creators/{creator_id}/products": ("creator_id", prepared_products),
    "/v1/products/{product_id}/creators": ("product_id", prepared_creators),
}


class LookUp:
    """Looks answers up where nothing has to be computed; all others are for the routes.

    Reading the parameters one by one, as a route does, takes longer than the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        told = _known(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if told is None:
            await self._app(scope, receive, send)
            return
        metrics: Metrics = scope["state"]["metrics"]
        metrics.look_up()
        # Whoever wants to know what was told need not read it again.
        scope["state"]["looked_up"] = told
        headers = [(b"content-length", b"%d" % len(told.body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told.body})


def may_be_looked_up(scope: Scope) -> bool:
    """Does a request ask for a list as plainly as those are that the night rendered."""
    route: Found | None = route_of(scope)
    if route is None or scope["method"] != "GET" or route.template not in _LISTS:
        return False
    return _page(scope["query_string"]) is not None


def _known(scope: Scope) -> Told | None:
    """An answer that is there already."""
    route: Found | None = route_of(scope)
    matcher: Matcher | None = scope["state"].get("matcher")
    if route is None or matcher is None or route.template not in _LISTS:
        return None
    page = _page(scope["query_string"])
    if page is None or scope["state"]["last_event"]:
        return None
    name, looked_up = _LISTS[route.template]
    return looked_up(matcher, route.parameters[name], page)


def _page(query: bytes) -> Page | None:
    """What is asked for, where that is a page alone."""
    found = _PAGE.fullmatch(query)
    if found is None:
        return None
    k, skip = int(found[1] or DEFAULT_K), int(found[2] or 0)
    return Page(k, skip) if k <= MAX_K and skip <= MAX_SKIP else None
