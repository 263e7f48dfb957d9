"""Headers that keep browsers from doing more with an answer than they should."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A page states its own policy and cache; an answer has nothing to load, and is its reader's alone.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class SecureHeaders:
    """Adds to every answer those of `HEADERS` that it does not state itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                stated = {name for name, _ in message["headers"]}
                message["headers"] += [header for header in _ENCODED if header[0] not in stated]
            await send(message)

        await self._app(scope, receive, send_with_headers)
