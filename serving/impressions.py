"""Keeps the lists of products that were answered, for the next night, without holding an answer up.

An answer costs its place in a queue. A thread of its own reads what was shown, and writes it to files. Should
it fall behind, lists are dropped and counted.
"""

import logging
import os
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain
from threading import Event
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.impression_log import SCHEMA, ImpressionLog
from recsys.background import in_background
from serving.loaded import LoadedRelease
from serving.prepared import Told
from serving.routing import asks_for_body, route_of
from serving.shown import Places, PreparedPlaces, places_in

# What is lost at most where the process is killed: so many rows, or those of so many seconds.
FLUSH_ROWS: Final = 200_000
FLUSH_S: Final = 60.0
# The thread looks so often: to be woken by each answer would cost all of them a switch of threads.
LOOK_S: Final = 0.25
MOST_BYTES: Final = 64 << 20
# For so long the thread reads on before whoever has an answer to give gets its turn.
_TURN_S: Final = 0.0002
# Lists that become a table at one time: all that a file holds would keep answers waiting.
_PIECE: Final = 100
SURFACE: Final = "products"
_OF_ONE: Final = "/v1/creators/{creator_id}/products"
_LISTS: Final = frozenset({("GET", _OF_ONE), ("POST", "/v1/creators/products")})
_log = logging.getLogger(__name__)


class Impressions:
    """Takes what answers showed, from one thread, and writes it from another.

    `written` counts the impressions in files, `lost` those that could not be written, `dropped_lists` the
    answers that found the queue full.
    """

    def __init__(self, log: ImpressionLog) -> None:
        self._files = log
        self._writer = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._waiting: deque[tuple[int, int, Callable[[], Places]]] = deque()
        # Each grows in one thread alone: no lock is needed.
        self._noted_bytes = self._taken_bytes = 0
        self._rows = _Rows()
        self._lists = 0
        self.written = self.lost = self.dropped_lists = 0

    def note(self, size: int, read: Callable[[], Places]) -> None:
        """What `read` gives was shown just now; until it is read it takes so many bytes of memory."""
        if self._noted_bytes - self._taken_bytes + size > MOST_BYTES:
            self.dropped_lists += 1
        else:
            self._noted_bytes += size
            self._waiting.append((time.time_ns() // 1_000, size, read))

    @property
    def unwritten_s(self) -> float:
        """For how many seconds the oldest impression has waited for its file; 0 where none does."""
        return self._rows.age_s

    def kept(self) -> AbstractContextManager[None]:
        """Within the block what is noted is kept; at its end all of it is in files."""
        return in_background("impressions", self._keep)

    def _keep(self, ending: Event) -> None:
        while not ending.wait(LOOK_S):
            self._take()
            if len(self._rows) >= FLUSH_ROWS or self._rows.age_s >= FLUSH_S:
                self._flush()
        self._take()
        self._flush()

    def _take(self) -> None:
        end = time.perf_counter() + _TURN_S
        while self._waiting:
            shown_at, size, read = self._waiting.popleft()
            self._lists += 1
            self._rows.add(f"{self._writer}-{self._lists}", shown_at, read())
            self._taken_bytes += size
            if time.perf_counter() >= end:
                # Now, and not when the interpreter changes threads.
                time.sleep(0)
                end = time.perf_counter() + _TURN_S

    def _flush(self) -> None:
        rows, self._rows = self._rows, _Rows()
        if n := len(rows):
            try:
                self._files.write(rows.table(), self._writer)
            except OSError as error:
                self.lost += n
                _log.error("%d impressions were lost: %s", n, error.strerror)
            else:
                self.written += n


class _Rows:
    """Impressions that are not in a file yet: tables, and of the latest answers name, instant and places."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._pieces: list[pa.Table] = []
        self._n = 0
        self._begin()

    def __len__(self) -> int:
        return self._n

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._since if self._n else 0.0

    def add(self, answer: str, shown_at: int, places: Places) -> None:
        """Add what an answer showed."""
        if not self._n:
            self._since = time.monotonic()
        self._answers.append(answer)
        self._shown_at.append(shown_at)
        self._places.append(places)
        self._n += len(places.position)
        if len(self._places) >= _PIECE:
            self._end()

    def table(self) -> pa.Table:
        """As the contract has them."""
        self._end()
        return pa.concat_tables(self._pieces)

    def _begin(self) -> None:
        self._answers: list[str] = []
        self._shown_at: list[int] = []
        self._places: list[Places] = []

    def _end(self) -> None:
        if self._places:
            self._pieces.append(self._table())
            self._begin()

    def _table(self) -> pa.Table:
        lengths = np.array([len(places.position) for places in self._places])
        of_answer = np.repeat(np.arange(len(lengths)), lengths)
        numbers = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        answers = pa.array(self._answers).take(pa.array(of_answer))
        columns = {
            name: pa.array(list(chain.from_iterable(column)), SCHEMA.field(name).type)
            for name, column in zip(Places._fields, zip(*self._places, strict=True), strict=True)
        } | {
            "impression_id": pc.binary_join_element_wise(answers, pa.array(numbers).cast(pa.string()), "-"),
            "shown_at": pa.array(np.array(self._shown_at)[of_answer], SCHEMA.field("shown_at").type),
            "surface": pa.repeat(SURFACE, len(numbers)),
        }
        return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


class KeepImpressions:
    """Notes the lists of products that are sent to creators, or to who asks for them."""

    def __init__(self, app: ASGIApp, impressions: Impressions) -> None:
        self._app = app
        self._impressions = impressions
        self._prepared = PreparedPlaces()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at what is sent."""
        if not _is_list(scope):
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            # Before it goes on: who compresses puts what it made in its place.
            body = message.get("body")
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            if status == 200 and body:
                self._note(scope, body)

        await self._app(scope, receive, send_and_note)

    def _note(self, scope: Scope, body: bytes) -> None:
        told: Told | None = scope["state"].get("looked_up")
        route = route_of(scope)
        if told is None or route is None:
            read = partial(places_in, body)
        else:
            release: LoadedRelease = scope["state"]["matcher"].release
            creator_id = route.parameters["creator_id"]
            read = partial(self._prepared.of, release, creator_id, told.page, told.listed)
        self._impressions.note(len(body), read)


def _is_list(scope: Scope) -> bool:
    if scope["type"] != "http" or not asks_for_body(scope):
        return False
    route = route_of(scope)
    return route is not None and (scope["method"], route.template) in _LISTS
