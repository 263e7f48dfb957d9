from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.routing import AnswerHead, FindRoute, Found, Routes, route_of


def greeter() -> FastAPI:
    app = FastAPI(openapi_url=None)
    inner = APIRouter(prefix="/v1")
    inner.add_api_route("/{name:path}/hello", lambda name: f"hello {name}")
    inner.add_api_route("/{name:path}/hello", lambda name: "heard", methods=["POST"])
    app.include_router(inner)
    app.add_api_route("/v1/{name}", lambda name: "last")
    return app


def test_a_route_is_found_by_its_template_with_what_the_path_names() -> None:
    routes = Routes(greeter().routes)

    assert routes.find("GET", "/v1/a/b/hello") == Found("/v1/{name}/hello", {"name": "a/b"}, True)
    assert routes.find("POST", "/v1/a/hello") == Found("/v1/{name}/hello", {"name": "a"}, True)
    assert routes.find("PUT", "/v1/a/hello") == Found("/v1/{name}/hello", {"name": "a"}, False)
    assert routes.find("GET", "/v1/a") == Found("/v1/{name}", {"name": "a"}, True)
    assert routes.find("GET", "/v1/a/") is None
    assert routes.names() == {
        ("GET", "/v1/{name}/hello"),
        ("POST", "/v1/{name}/hello"),
        ("GET", "/v1/{name}"),
    }


def test_the_router_dispatches_to_what_was_found() -> None:
    app = greeter()
    seen: list[str] = []

    class Note:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)
            if scope["type"] == "http" and (found := route_of(scope)):
                assert dict(found.parameters) == scope["path_params"]
                seen.append(found.template)

    app.add_middleware(FindRoute, routes=app.routes)
    app.add_middleware(Note)
    with TestClient(app) as client:
        assert client.get("/v1/a%2Fb/hello/hello").json() == "hello a/b/hello"
        assert client.get("/v1/x").json() == "last"
    assert seen == ["/v1/{name}/hello", "/v1/{name}"]


def test_head_answers_as_get_without_a_body() -> None:
    app = greeter()
    app.add_middleware(AnswerHead)
    with TestClient(app) as client:
        got, head = client.get("/v1/a/hello"), client.head("/v1/a/hello")

    assert head.status_code == got.status_code == 200
    assert head.headers == got.headers
    assert head.content == b""
