"""What spares an answer: a client that has it already asks whether it still holds, by its tag."""

from collections.abc import Mapping
from hashlib import sha256

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import recsys
from recsys.errors import ReleaseError
from serving.champion import Champion
from serving.live import LiveCreators
from serving.request_headers import header_of
from serving.routing import route_of

# Below this prefix an answer to GET depends on the release, the events of its creator and the request alone.
PREFIX = "/v1/"
# A key's own answer may be kept, but only asked anew: the next night may come at any moment.
CACHE_CONTROL = "private, no-cache"
_KEPT: Mapping[str, str] = {"Cache-Control": CACHE_CONTROL, "Vary": "Authorization"}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in _KEPT.items()]


class Revalidate:
    """Tags answers, and answers 304 to whoever has the one that would come, without computing it.

    What an answer is computed from is pinned before its tag is told: a swap in between changes neither.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer that nothing changed."""
        tag = _pin(scope) if scope["type"] == "http" else None
        if tag is None:
            await self._app(scope, receive, send)
            return
        if tag in _known(header_of(scope, b"if-none-match")):
            await Response(status_code=304, headers={"ETag": tag, **_KEPT})(scope, receive, send)
            return
        kept = [(b"etag", tag.encode()), *_ENCODED]

        async def send_with_tag(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                # No answer below the prefix states one of these itself.
                message["headers"] += kept
            await send(message)

        await self._app(scope, receive, send_with_tag)


def _pin(scope: Scope) -> str | None:
    """The tag of the answer to come; None where it has none."""
    route = route_of(scope)
    if scope["method"] != "GET" or route is None or not route.template.startswith(PREFIX):
        return None
    champion: Champion = scope["state"]["champion"]
    try:
        matcher = champion.matcher()
    except ReleaseError:
        return None
    live: LiveCreators = scope["state"]["live"]
    last = live.last_event(route.parameters["creator_id"]) if "creator_id" in route.parameters else 0
    scope["state"] |= {"matcher": matcher, "last_event": last}
    made_from = (matcher.release.release_id, str(matcher.explore), str(last))
    asked = (recsys.__version__, *made_from, scope["path"])
    text = "\0".join(asked).encode(errors="surrogatepass") + b"\0" + scope["query_string"]
    # Weak: the same answer may come compressed.
    return f'W/"{sha256(text).hexdigest()[:32]}"'


def _known(stated: str) -> set[str]:
    return {tag.strip() for tag in stated.split(",")}
