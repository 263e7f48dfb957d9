"""Which route a request is for, found before it is dispatched: under this name it is guarded and counted.

HEAD asks for what GET would answer, without its body.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "recsys.route"
_BODILESS = "recsys.bodiless"


@dataclass(frozen=True, slots=True)
class Found:
    """A route by its template, such as `/v1/brands/{brand_id}/creators`, and the ids in the path.

    `answers_method` is False where the path is known but not with this method: the router answers 405.
    """

    template: str
    parameters: Mapping[str, str]
    answers_method: bool


@dataclass(frozen=True, slots=True)
class _Known:
    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


class Routes:
    """The routes of an application, in the order in which its router tries them."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    def find(self, method: str, path: str) -> Found | None:
        """What the router takes: the first route that fits path and method, else the first of the path."""
        other: Found | None = None
        for route in self._known:
            if match := route.pattern.match(path):
                found = Found(route.template, match.groupdict(), method in route.methods)
                if found.answers_method:
                    return found
                other = other or found
        return other

    def names(self) -> set[tuple[str, str]]:
        """Method and template of every route."""
        return {(method, route.template) for route in self._known for method in route.methods}

    @cached_property
    def _known(self) -> tuple[_Known, ...]:
        """Told at the first request, when the application is complete."""
        return tuple(
            _Known(str(route.path_format), route.path_regex, frozenset(route.methods or ()))
            for route in iter_route_contexts(self._routes)
        )


class FindRoute:
    """Notes in each request's scope which route it is for; `route_of` reads it."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = Routes(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find and pass on."""
        if scope["type"] == "http":
            scope[_KEY] = self._routes.find(scope["method"], scope["path"])
        await self._app(scope, receive, send)


class AnswerHead:
    """Lets every route that answers GET answer HEAD too: with the same headers and nothing after them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for GET, and leave out the body."""

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET", _BODILESS: True}, receive, send_without_body)
        else:
            await self._app(scope, receive, send)


def route_of(scope: Scope) -> Found | None:
    """The route that `FindRoute` found for a request; None where there is none."""
    found: Found | None = scope[_KEY]
    return found


def asks_for_body(scope: Scope) -> bool:
    """Will the client get the body of the answer, which HEAD leaves out."""
    return _BODILESS not in scope
