import itertools
from collections.abc import Iterator

import pytest
import uvloop

from benchmarks import overload
from benchmarks.clients import asked_again, at_rate
from benchmarks.overload import Load, measure, report
from benchmarks.serving import EMPTY, Server, server

# Every second request is turned away, every fourth without saying until when.
SHEDDING = """
import sys, uvicorn, itertools
from fastapi import FastAPI, Response
app, number = FastAPI(), itertools.count()
@app.get("/empty")
async def empty() -> Response:
    n = next(number) % 4
    return Response(status_code=503 if n % 2 else 200, headers={"Retry-After": "1"} if n == 1 else {})
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
"""


@pytest.fixture(scope="module")
def shedding() -> Iterator[Server]:
    with server(SHEDDING, "/empty") as served:
        yield served


def test_clients_at_a_rate_send_no_more_and_no_less(shedding: Server) -> None:
    requests = itertools.repeat(b"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
    seen = uvloop.run(at_rate(shedding.client.base_url.port or 0, requests, 4, 100, 0.5))

    assert 45 <= seen.sent <= 51
    assert abs(seen.statuses[200] - seen.statuses[503]) <= 8
    assert len(seen.spent_ms) == seen.statuses[200]
    assert abs(seen.unasked - seen.statuses[503] / 2) <= 4
    assert 0 < seen.quantile(0.5) <= seen.quantile(0.99)


def test_clients_that_ask_again_are_busy_all_the_time(shedding: Server) -> None:
    requests = itertools.repeat(b"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
    seen = uvloop.run(asked_again(shedding.client.base_url.port or 0, requests, 3, 0.3))

    assert seen.sent - seen.statuses.total() in range(4)
    assert seen.sent > 50


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    closing = SHEDDING.replace("uvicorn.run(app, ", "uvicorn.run(app, timeout_keep_alive=0, ")
    requests = itertools.repeat(b"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
    with server(closing, "/empty") as served:
        seen = uvloop.run(at_rate(served.client.base_url.port or 0, requests, 4, 20, 1.0))

    assert 0 < seen.sent == seen.statuses[200] + seen.statuses[503] <= 5


def test_all_loads_of_an_answer_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "PEAK_S", 0.2)
    monkeypatch.setattr(overload, "LOAD_S", 0.5)
    with server(EMPTY, "/empty") as bare:
        load = measure(bare, ["/empty"])

    assert load.peak > 100
    assert (load.failed, load.shed, load.unasked) == (0, 0, 0)
    assert load.sent >= load.goodput > 0
    assert 0 < load.half_median_ms <= load.half_p99_ms


def test_the_report_is_a_table() -> None:
    loads = {
        "empty route": Load(2_000, 0.25, 8, 0, 0, 0, 0, 0, 0, 0, 0),
        "lists": Load(500, 1.25, 8, 2.0, 9.5, 5_000, 450, 1.5, 4_000, 1, 2),
    }
    assert report(loads)[-2:] == [
        "| empty route | 2,000 | 1.000 | 0.25 |  |  |  |  |  |  |  |  |",
        "| lists | 500 | 0.250 | 1.25 | 2.0 | 9.5 | 5,000 | 0.90 | 1.50 | 4,000 | 1 | 2 |",
    ]
