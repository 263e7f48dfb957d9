"""Lets a request through to its route where its key may ask for that, and tells the route who asks."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from recsys.errors import ReleaseError
from serving.champion import Champion
from serving.guard.access import ACCESS, Own, owns
from serving.guard.keys import KeyRing, Principal, Role
from serving.loaded import LoadedRelease
from serving.problems import NO_KEY, NO_ROUTE, NOT_ALLOWED, Kind, problem
from serving.routing import route_of

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="recsys"'}


class _RefusedError(Exception):
    def __init__(self, kind: Kind, detail: str, headers: dict[str, str] | None = None) -> None:
        self.kind, self.detail, self.headers = kind, detail, headers


class Gate:
    """Knows the key, looks into the table of access, and lets nothing else through."""

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with a problem."""
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        app: ASGIApp = self._app
        if scope["type"] == "http":
            try:
                scope["state"]["principal"] = self._admitted(scope)
            except _RefusedError as refused:
                app = _answer(scope, refused)
        await app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Principal | None:
        """Who asks, where they may; None where anybody may. Raises `_RefusedError`."""
        route = route_of(scope)
        if route is None:
            raise _RefusedError(NO_ROUTE, "nothing is here; /docs lists what there is")
        if not route.answers_method:
            return None  # the router answers 405
        access = ACCESS.get((scope["method"], route.template))
        if access is None:
            raise _RefusedError(NOT_ALLOWED, "the table of access does not name this route")
        if access.is_public:
            return None
        who = self._known(Headers(scope=scope))
        if who.role not in access.roles:
            raise _RefusedError(NOT_ALLOWED, f"a key of the role {who.role} may not ask for this")
        if access.own is Own.PATH and not owns(who, route.parameters, _release(scope, who)):
            raise _RefusedError(NOT_ALLOWED, f"a {who.role}'s key may ask only for what is its own")
        return who

    def _known(self, headers: Headers) -> Principal:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        who = self._keys.holder(key.strip() if scheme.lower() == "bearer" else "")
        if who is None:
            detail = "send a valid key as `Authorization: Bearer KEY`; `recsys keys create` makes one"
            raise _RefusedError(NO_KEY, detail, _CHALLENGE)
        return who


def _release(scope: Scope, who: Principal) -> LoadedRelease | None:
    """What tells a product's brand; None where there is none, or no need of it."""
    champion: Champion = scope["state"]["champion"]
    try:
        return champion.matcher().release if who.role is Role.BRAND else None
    except ReleaseError:
        return None


def _answer(scope: Scope, refused: _RefusedError) -> Response:
    return problem(scope["path"], refused.kind, refused.detail, headers=refused.headers)
