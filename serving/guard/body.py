"""How large a request's body may be, whether it states its length or comes in chunks."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import TOO_LARGE, problem
from serving.request_headers import header_of


class LimitBody:
    """Answers 413 to a body above the limit: at once where it states its length, else as it passes it."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._detail = f"a body may have {max_bytes} bytes; send less at a time"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count what is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = header_of(scope, b"content-length", "0")
        if not stated.isdecimal() or int(stated) > self._max_bytes:
            await problem(scope["path"], TOO_LARGE, self._detail)(scope, receive, send)
            return
        n_read = 0

        async def receive_and_count() -> Message:
            nonlocal n_read
            message = await receive()
            n_read += len(message.get("body", b""))
            if n_read > self._max_bytes:
                raise HTTPException(TOO_LARGE.status, self._detail)
            return message

        await self._app(scope, receive_and_count, send)
