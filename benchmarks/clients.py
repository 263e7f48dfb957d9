"""Clients that ask a server more than it can answer, over many connections and at little cost."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from recsys.release.payload import Payload

# Answers that are still to come when a load ends are waited for so long.
LAST_S: Final = 15.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: ([0-9]+)")


@dataclass(slots=True)
class Seen:
    """What one load saw: how many requests were sent, and of answers that came while it lasted their status.

    `spent_ms` are of those with 200, `unasked` were shed without saying when to ask again.
    """

    sent: int = 0
    unasked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    spent_ms: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Of the milliseconds of good answers."""
        return float(np.quantile(self.spent_ms, share)) if self.spent_ms else float("nan")


class Client:
    """Connections to one server, each with one request at a time."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._idle: list[_Connection] = []
        self._all: list[_Connection] = []
        self.seen = Seen()
        self.closed_loop = False

    async def connect(self, port: int, n: int) -> None:
        """Open n more connections."""
        loop = asyncio.get_running_loop()
        for _ in range(n):
            _, made = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port)
            self._all.append(made)
            self._idle.append(made)

    def ask(self, due: float) -> bool:
        """Send one more request; False where every connection waits for an answer."""
        if not self._idle:
            return False
        self.seen.sent += 1
        # The latest used: the server closes those that are not used for long.
        self._idle.pop().send(next(self._requests), due)
        return True

    def answered(self, connection: "_Connection", status: int, head: bytes, due: float) -> None:
        """One answer has come."""
        now = asyncio.get_running_loop().time()
        self._idle.append(connection)
        self.seen.statuses[status] += 1
        if status == 200:
            self.seen.spent_ms.append(1e3 * (now - due))
        elif b"\r\nretry-after: " not in head:
            self.seen.unasked += 1
        if self.closed_loop:
            self.ask(now)

    def lost(self, connection: "_Connection") -> None:
        """The server closed a connection; status 0 where an answer was to come."""
        self._all.remove(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        else:
            self.seen.statuses[0] += 1

    async def close(self) -> None:
        """Wait for the last answers, and go."""
        end = asyncio.get_running_loop().time() + LAST_S
        while len(self._idle) < len(self._all) and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        for connection in tuple(self._all):
            connection.close()


class _Connection(asyncio.Protocol):
    def __init__(self, client: Client) -> None:
        self._client = client
        self._transport: asyncio.Transport | None = None
        self._buffer, self._due = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one without saying so.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._client.lost(self)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, _, body = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is not None and len(body) >= int(length[1]):
            self._buffer = b""
            self._client.answered(self, int(head[9:12]), head, self._due)


async def asked_again(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Seen:
    """What clients see that ask as soon as they are answered."""
    client = Client(requests)
    await client.connect(port, connections)
    client.closed_loop = True
    while client.ask(asyncio.get_running_loop().time()):
        pass
    await asyncio.sleep(seconds)
    client.closed_loop = False
    return await _told(client)


async def at_rate(
    port: int, requests: Iterator[bytes], connections: int, rate: float, seconds: float
) -> Seen:
    """What clients see that ask so often a second, whatever is answered."""
    client, loop = Client(requests), asyncio.get_running_loop()
    await client.connect(port, connections)
    start = due = loop.time()
    while due < start + seconds:
        now = loop.time()
        while due <= now and client.ask(due):
            due += 1 / rate
        # What no connection is free for is due at once when one is: more could not be sent anyway.
        due = max(due, now - 1.0)
        # Less is nothing to uvloop, which would go round without end.
        await asyncio.sleep(max(due - loop.time(), 0.001))
    return await _told(client)


async def _told(client: Client) -> Seen:
    seen, client.seen = client.seen, Seen()
    await client.close()
    return seen


def prepared_names(payload: Payload) -> tuple[list[str], list[str]]:
    """The creators and the products whose lists the night rendered; all where it rendered none."""
    prepared, affinity = payload.prepared, payload.affinity
    ids = affinity.creators.ids(), affinity.products.ids()
    if prepared is None:
        return ids
    lengths = np.diff(prepared.creators.offsets), np.diff(prepared.products.offsets)
    creators, products = (
        [name for name, length in zip(names, held.tolist(), strict=True) if length]
        for names, held in zip(ids, lengths, strict=True)
    )
    return creators or ids[0], products or ids[1]
