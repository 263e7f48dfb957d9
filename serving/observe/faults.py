"""A fault inside the service: a problem for the client, its place in the log."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import FAILED, problem

_log = logging.getLogger(__name__)


class AnswerFaults:
    """Answers 500 where the application fails, and logs where; an answer that has begun is broken off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and catch what no one else did."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            if is_begun:
                raise
            _log.exception("request %s failed", scope["state"]["request_id"])
            detail = "the service failed on this request; its log says why"
            await problem(scope["path"], FAILED, detail)(scope, receive, send)
