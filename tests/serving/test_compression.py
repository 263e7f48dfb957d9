from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from fastapi.testclient import TestClient

from serving.compression import COMPRESSED_FROM, Compress

TEXT = b'{"title":"soap","price":3.5},' * 10_000
# Starlette compresses from here on in a thread.
LARGE = 200_000


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(Compress, minimum_size=COMPRESSED_FROM)

    @app.get("/whole/{size}")
    async def whole(size: int) -> Response:
        return Response(TEXT[:size], media_type="application/json")

    @app.get("/pieces")
    async def pieces() -> Response:
        def piece_by_piece() -> Iterator[bytes]:
            yield from (TEXT[:3_000], TEXT[3_000:9_000])

        return StreamingResponse(piece_by_piece(), media_type="application/json")

    return TestClient(app)


@pytest.mark.parametrize(("size", "small"), [(COMPRESSED_FROM - 1, False), (13_000, True), (LARGE, True)])
def test_a_body_worth_it_is_compressed_and_none_is_changed(
    client: TestClient, size: int, small: bool
) -> None:
    answer = client.get(f"/whole/{size}", headers={"Accept-Encoding": "gzip"})

    assert answer.content == TEXT[:size]
    assert (answer.headers.get("content-encoding") == "gzip") is small
    assert (int(answer.headers["content-length"]) < size / 5) is small


def test_who_does_not_read_that_gets_it_plain(client: TestClient) -> None:
    answer = client.get("/whole/13000", headers={"Accept-Encoding": "identity"})

    assert answer.content == TEXT[:13_000]
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"


def test_what_comes_in_pieces_is_compressed_in_pieces(client: TestClient) -> None:
    answer = client.get("/pieces", headers={"Accept-Encoding": "gzip"})

    assert answer.content == TEXT[:9_000]
    assert answer.headers["content-encoding"] == "gzip"
