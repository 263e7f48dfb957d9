"""How long an answer may take. Work in a thread cannot be ended: what is given up is the answer."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import TOO_SLOW, problem


class Deadline:
    """Answers 503 where nothing was sent within the limit, and drops what comes later.

    The request goes on counting as in flight until its work is over: so shedding bounds the work too.
    """

    def __init__(self, app: ASGIApp, limit_s: float) -> None:
        self._app = app
        self._limit_s = limit_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with an alarm."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        race = _Race(scope, receive, send, self._limit_s)
        alarm = asyncio.get_running_loop().call_later(self._limit_s, race.expire)
        try:
            await self._app(scope, receive, race.send)
        finally:
            alarm.cancel()
            if race.late_answer is not None:
                await race.late_answer


class _Race:
    """Whichever answers first, the application or the alarm, is heard; the other is not."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit_s: float) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._limit_s = limit_s
        self._is_answered = False
        self.late_answer: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        if self.late_answer is None:
            self._is_answered = True
            await self._send(message)

    def expire(self) -> None:
        if not self._is_answered:
            detail = f"there was no answer within {self._limit_s:g} s; ask for less, or again"
            answer = problem(self._scope["path"], TOO_SLOW, detail, headers={"Retry-After": "1"})
            self.late_answer = asyncio.create_task(answer(self._scope, self._receive, self._send))
