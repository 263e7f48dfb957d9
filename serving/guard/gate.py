"""Lets a request through to its route where its key may ask for that, and tells the route who asks."""

from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from recsys.errors import ReleaseError
from serving.champion import Champion
from serving.guard.access import ACCESS, Access, Own, owns
from serving.guard.keys import ANYONE, KeyRing, Principal, Role
from serving.loaded import LoadedRelease
from serving.problems import NO_KEY, NO_ROUTE, NOT_ALLOWED, problem
from serving.request_headers import header_of
from serving.routing import route_of

# Where the console keeps its key. Only pages take it, and these change nothing: so no other site can use it.
COOKIE = "recsys_key"
SIGN_IN = "/console/sign-in"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="recsys"'}


class _RefusedError(Exception):
    """A request that does not get through; `answer` is what it gets instead."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


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
                app = refused.answer
        await app(scope, receive, send)

    def _admitted(self, scope: Scope) -> Principal | None:
        """Who asks, where they may; None where anybody may. Raises `_RefusedError`."""
        route, path = route_of(scope), scope["path"]
        if route is None:
            raise _RefusedError(problem(path, NO_ROUTE, "nothing is here; /docs lists what there is"))
        if not route.answers_method:
            return None  # the router answers 405
        access = ACCESS.get((scope["method"], route.template))
        if access is None:
            raise _RefusedError(problem(path, NOT_ALLOWED, "the table of access does not name this route"))
        if access.is_public:
            return None
        who = self._keys.holder(_key(scope, access))
        if who is None:
            raise _RefusedError(_ask_for_key(path, access))
        if who is ANYONE and not _names_this_machine(scope):
            detail = "without keys only this machine's own names are answered; `recsys keys create` makes one"
            raise _RefusedError(problem(path, NOT_ALLOWED, detail))
        if who.role not in access.roles:
            detail = f"a key of the role {who.role} may not ask for this"
            raise _RefusedError(problem(path, NOT_ALLOWED, detail))
        if access.own is Own.PATH and not owns(who, route.parameters, _release(scope, who)):
            detail = f"a {who.role}'s key may ask only for what is its own"
            raise _RefusedError(problem(path, NOT_ALLOWED, detail))
        return who


def _key(scope: Scope, access: Access) -> str:
    scheme, _, key = header_of(scope, b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return cookie_parser(header_of(scope, b"cookie")).get(COOKIE, "") if access.is_page else ""


def _ask_for_key(path: str, access: Access) -> Response:
    if access.is_page:
        return RedirectResponse(SIGN_IN, 303)
    detail = "send a valid key as `Authorization: Bearer KEY`; `recsys keys create` makes one"
    return problem(path, NO_KEY, detail, headers=_CHALLENGE)


def _names_this_machine(scope: Scope) -> bool:
    """Was the service asked under an address of this machine. A page of another site that lets its own name
    lead here (DNS rebinding) is not, nor is a proxy that others reach.
    """
    bound = scope.get("server")
    here = None if bound is None else bound[0]
    asked = _name_in(header_of(scope, b"host", here or ""))
    return asked in LOOPBACK or (here is not None and asked == here)


@lru_cache(maxsize=256)
def _name_in(host: str) -> str | None:
    """The name in a `Host` header, without its port; None where it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _release(scope: Scope, who: Principal) -> LoadedRelease | None:
    """What tells a product's brand; None where there is none, or no need of it."""
    champion: Champion = scope["state"]["champion"]
    try:
        return champion.matcher().release if who.role is Role.BRAND else None
    except ReleaseError:
        return None
