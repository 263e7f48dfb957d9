"""How much is worked on at one time: what comes on top is turned away, so that the rest is answered soon."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.guard.access import ACCESS
from serving.problems import OVERLOADED, problem
from serving.routing import route_of
from serving.settings import ServiceSettings

RETRY_AFTER_S = 1
_WEIGHT = 0.1


@dataclass(slots=True)
class Load:
    """Requests in flight, how many were shed since the start, and how long one request takes its share.

    A request that arrives as the n-th in flight and takes t seconds tells that t / n pass from one answer to
    the next (Little's law); `pace_s` is the exponential mean of that.
    """

    settings: ServiceSettings
    in_flight: int = 0
    shed: int = 0
    pace_s: float | None = None

    def admits(self) -> bool:
        """May one more come: is it under the limit, and will it not wait too long."""
        if self.in_flight < self.settings.threads:
            return True
        wait = (self.in_flight + 1) * (self.pace_s or 0.0)
        return self.in_flight < self.settings.max_in_flight and wait <= self.settings.max_wait_s

    def learn(self, place: int, seconds: float) -> None:
        """What the request that arrived as the `place`-th in flight tells of the pace."""
        share = seconds / place
        self.pace_s = share if self.pace_s is None else self.pace_s + _WEIGHT * (share - self.pace_s)


class ShedLoad:
    """Answers 503 to requests beyond the load before they cost more than that.

    Never to those that watch, health and metrics, nor to those that `spares` names, which may need no work:
    where they do, `BoundWork` sheds them.
    """

    def __init__(self, app: ASGIApp, load: Load, spares: Callable[[Scope], bool]) -> None:
        self._app = app
        self._load = load
        self._spares = spares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with a problem."""
        is_free = scope["type"] != "http" or self._load.admits() or _is_watching(scope) or self._spares(scope)
        await (self._app if is_free else _shed(scope, self._load))(scope, receive, send)


class BoundWork:
    """Counts what is worked on, learns its pace, and answers 503 to what comes on top."""

    def __init__(self, app: ASGIApp, load: Load) -> None:
        self._app = app
        self._load = load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with a problem."""
        if scope["type"] != "http" or _is_watching(scope):
            await self._app(scope, receive, send)
        elif self._load.admits():
            await self._pass_on(scope, receive, send)
        else:
            await _shed(scope, self._load)(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._load.in_flight += 1
        place, start = self._load.in_flight, time.perf_counter()
        try:
            await self._app(scope, receive, send)
        finally:
            self._load.in_flight -= 1
            self._load.learn(place, time.perf_counter() - start)


def _shed(scope: Scope, load: Load) -> Response:
    load.shed += 1
    detail = f"{load.in_flight} requests are being answered already; ask again"
    return problem(scope["path"], OVERLOADED, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _is_watching(scope: Scope) -> bool:
    route = route_of(scope)
    access = route and ACCESS.get((scope["method"], route.template))
    return bool(access and access.is_watching)
