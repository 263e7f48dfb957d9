"""Answers compressed for whoever reads that, by a library several times as fast as zlib."""

import zlib
from typing import Final

from isal import isal_zlib
from starlette.middleware.gzip import GZipMiddleware, GZipResponder
from starlette.types import Message, Receive, Scope, Send

from serving.request_headers import header_of

# Bytes that fit into one packet gain nothing; levels above the first take more time and hardly fewer bytes.
COMPRESSED_FROM: Final = 1_000
LEVEL: Final = 1
# Beyond this it is for a thread.
_MOST: Final = 128 << 10
_GZIP: Final = 16 + zlib.MAX_WBITS
_TEXTS: Final = (b"application/json", b"text/html; charset=utf-8")
_ENCODED: Final = [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]


class Compress(GZipMiddleware):
    """Compresses what is worth it: answers and pages that come whole quickly, all else as Starlette does."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and compress what comes back."""
        if scope["type"] == "http" and "gzip" in header_of(scope, b"accept-encoding"):
            await self.app(scope, receive, _Quick(self, send).send)
        else:
            await super().__call__(scope, receive, send)


class _Quick:
    """Sends one answer on; what it takes over from Starlette's responder is what most answers are."""

    def __init__(self, settings: GZipMiddleware, send: Send) -> None:
        self._settings = settings
        self._send = send
        self._start: Message | None = None
        self._responder: GZipResponder | None = None

    async def send(self, message: Message) -> None:
        """Take the answer's next message."""
        if self._responder is not None:
            await self._responder.send_with_compression(message)
        elif self._start is None:
            self._start = message
        elif self._is_quick(self._start, message):
            body = isal_zlib.compress(message["body"], LEVEL, _GZIP)
            length = (b"content-length", b"%d" % len(body))
            headers = [header for header in self._start["headers"] if header[0] != b"content-length"]
            await self._send({**self._start, "headers": [*headers, length, *_ENCODED]})
            await self._send({**message, "body": body})
        else:
            responder = self._responder = GZipResponder(self._settings.app, self._settings.minimum_size)
            responder.send = self._send
            await responder.send_with_compression(self._start)
            await responder.send_with_compression(message)

    def _is_quick(self, start: Message, message: Message) -> bool:
        stated = dict(start["headers"])
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body", False)
            and self._settings.minimum_size <= len(message.get("body", b"")) < _MOST
            and stated.get(b"content-type") in _TEXTS
            and b"content-encoding" not in stated
        )
