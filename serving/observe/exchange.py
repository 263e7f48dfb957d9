"""One request and its answer as a record, and the id under which both sides can find it again."""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.guard.keys import Principal
from serving.request_headers import header_of
from serving.routing import route_of

HEADER = "X-Request-ID"
_HEADER = HEADER.lower().encode()
NO_ROUTE = "none"
# As the proxies say: the client went away before there was an answer.
CLIENT_GONE = 499
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is told of one request: nothing that says whom it was about.

    `route` is the template, without the ids in it, `role` that of the key, None for public routes.
    """

    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    role: str | None


Listener: TypeAlias = Callable[[Exchange], None]


class Observe:
    """Gives each request its id, or keeps the one it came with, and tells the listeners when it is over."""

    def __init__(self, app: ASGIApp, listeners: Sequence[Listener]) -> None:
        self._app = app
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["state"]["request_id"] = request_id
        status = CLIENT_GONE
        start = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((_HEADER, request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            exchange = _exchange(scope, request_id, status, time.perf_counter() - start)
            for listener in self._listeners:
                listener(exchange)


def _request_id(scope: Scope) -> str:
    given = header_of(scope, _HEADER)
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def _exchange(scope: Scope, request_id: str, status: int, seconds: float) -> Exchange:
    route = route_of(scope)
    who: Principal | None = scope["state"].get("principal")
    return Exchange(
        request_id=request_id,
        method=scope["method"],
        route=route.template if route else NO_ROUTE,
        status=status,
        seconds=seconds,
        role=who.role.value if who else None,
    )
