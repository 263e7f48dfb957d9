"""How much is worked on at one time: what comes on top is turned away, so that the rest is answered soon."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.guard.access import ACCESS
from serving.problems import OVERLOADED, problem
from serving.routing import route_of

RETRY_AFTER_S = 1


@dataclass(slots=True)
class Load:
    """Requests in flight, and how many were shed since the start."""

    limit: int
    in_flight: int = 0
    shed: int = 0


class ShedLoad:
    """Answers 503 to requests beyond the limit, but never to those that watch: health and metrics."""

    def __init__(self, app: ASGIApp, load: Load) -> None:
        self._app = app
        self._load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with a problem."""
        if scope["type"] != "http" or _is_watching(scope):
            await self._app(scope, receive, send)
            return
        load = self._load
        if load.in_flight >= load.limit:
            load.shed += 1
            detail = f"{load.limit} requests are being answered already; ask again"
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            await problem(scope["path"], OVERLOADED, detail, headers=headers)(scope, receive, send)
            return
        load.in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            load.in_flight -= 1


def _is_watching(scope: Scope) -> bool:
    route = route_of(scope)
    access = route and ACCESS.get((scope["method"], route.template))
    return bool(access and access.is_watching)
