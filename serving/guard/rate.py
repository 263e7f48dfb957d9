"""How many requests a second one key or client may send: a token bucket for each."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.guard.keys import ANYONE, Principal
from serving.problems import TOO_MANY, problem
from serving.settings import ServiceSettings

_MANY = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """Buckets by name that hold at most `burst` tokens and get `rate` new ones a second."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> float:
        """Take a token: 0 where there was one, else in how many seconds there will be."""
        if math.isinf(self._rate):
            return 0.0
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            self._forget_full(now)
            bucket = self._buckets[name] = _Bucket(self._burst, now)
        bucket.tokens, bucket.at = self._filled(bucket, now), now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._rate
        bucket.tokens -= 1
        return 0.0

    def _filled(self, bucket: _Bucket, now: float) -> float:
        return min(float(self._burst), bucket.tokens + (now - bucket.at) * self._rate)

    def _forget_full(self, now: float) -> None:
        """Bound the memory: a full bucket is as good as none."""
        if len(self._buckets) >= _MANY:
            self._buckets = {
                name: bucket
                for name, bucket in self._buckets.items()
                if self._filled(bucket, now) < self._burst
            }


class LimitRate:
    """Answers 429 to a key, or a client without one, that asks faster than it may."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._own = TokenBuckets(settings.rate, settings.burst)
        self._backend = TokenBuckets(settings.backend_rate, settings.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or answer with a problem."""
        wait = self._wait(scope) if scope["type"] == "http" else 0.0
        if wait:
            detail = "this key asks more often than it may; ask again later"
            headers = {"Retry-After": str(math.ceil(wait))}
            await problem(scope["path"], TOO_MANY, detail, headers=headers)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait(self, scope: Scope) -> float:
        who: Principal | None = scope["state"]["principal"]
        if who is None:
            return 0.0
        if who.role.has_subject:
            return self._own.take(who.key_id)
        client = scope.get("client")
        return self._backend.take(str(client[0]) if who is ANYONE and client else who.key_id)
