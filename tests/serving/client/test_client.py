"""The client against the service, and against the document that describes it."""

import inspect
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints, is_typeddict

import httpx2
import pytest
from fastapi.testclient import TestClient

from serving.app import create_app
from serving.client import Client, ProblemError, ServiceError

Document: TypeAlias = dict[str, Any]
PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool, "null": NoneType}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return create_app(Path(tmp_path_factory.mktemp("empty"))).openapi()


def operations(document: Document) -> Iterator[Document]:
    for methods in document["paths"].values():
        yield from methods.values()


def asked_of(method: object) -> Mapping[str, object]:
    """The keywords of a method, with those of its `**asked`, and their types."""
    hints = get_type_hints(method)
    hints.pop("return")
    (unpacked,) = get_args(hints.pop("asked", tuple[()])) or (None,)
    return hints | (get_type_hints(unpacked) if unpacked is not None else {})


def members(hint: object) -> tuple[object, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def fits(hint: object, schema: Document, components: Document) -> bool:
    """Does a type say what a JSON schema says."""
    options = schema.get("anyOf", [schema])
    return len(members(hint)) == len(options) and all(
        any(_fits_one(member, option, components) for member in members(hint)) for option in options
    )


def _fits_one(hint: object, schema: Document, components: Document) -> bool:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        named = components[name]
        return hint is str if "enum" in named else is_typeddict(hint) and hint.__name__ == name  # type: ignore[attr-defined]
    if "enum" in schema and hint is not str:
        return set(get_args(hint)) == set(schema["enum"])
    arguments = get_args(hint)
    if schema["type"] == "array":
        return len(arguments) == 1 and fits(arguments[0], schema["items"], components)
    if schema["type"] == "object":
        return arguments[:1] == (str,) and fits(arguments[1], schema["additionalProperties"], components)
    return hint is PLAIN[schema["type"]]


def optional(schema: Document) -> Document:
    """As a keyword takes it: None leaves it out."""
    options = schema.get("anyOf", [schema])
    return {"anyOf": [*(one for one in options if one.get("type") != "null"), {"type": "null"}]}


def test_every_operation_is_a_method_that_takes_what_the_document_says(document: Document) -> None:
    components = document["components"]["schemas"]
    for operation in operations(document):
        method = getattr(Client, operation["operationId"])
        taken = asked_of(method)
        parameters = {
            one["name"]: (one["schema"], one["required"]) for one in operation.get("parameters", [])
        }
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            body = components[name]
            parameters |= {
                name: (schema, name in body.get("required", ()))
                for name, schema in body["properties"].items()
            }
        assert taken.keys() == parameters.keys(), operation["operationId"]
        required = {name for name, (_, is_required) in parameters.items() if is_required}
        assert required == set(inspect.signature(method).parameters) - {"self", "asked"}
        for name, (schema, is_required) in parameters.items():
            expected = schema if is_required else optional(schema)
            assert fits(taken[name], expected, components), (operation["operationId"], name)


def test_every_answer_has_the_fields_that_the_document_says(document: Document) -> None:
    components = document["components"]["schemas"]
    waiting = [
        (get_type_hints(getattr(Client, one["operationId"]))["return"], content["schema"])
        for one in operations(document)
        for content in one["responses"]["200"]["content"].values()
    ]
    seen: set[object] = set()
    while waiting:
        kind, schema = waiting.pop()
        assert fits(kind, schema, components), kind
        for part in [kind, *members(kind), *get_args(kind)]:
            if is_typeddict(part) and part not in seen:
                seen.add(part)
                hints = get_type_hints(part)
                properties = components[part.__name__]["properties"]
                assert hints.keys() == properties.keys(), part
                waiting += [(hints[name], properties[name]) for name in hints]
    assert len(seen) > 10


@pytest.fixture
def asking(campaign_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the service of a release with values, shoppers and an application."""
    monkeypatch.setattr(httpx2, "Client", lambda **given: campaign_client)
    return Client()


def test_every_method_gets_what_the_service_answers(asking: Client, campaign_client: TestClient) -> None:
    def answered(path: str, **query: str | list[str]) -> object:
        return campaign_client.get(path, params=query).json()

    assert asking.products_for_creator("ada", k=2, in_stock=True, category=None) == answered(
        "/v1/creators/ada/products", k="2", in_stock="true"
    )
    assert asking.creators_for_product("cream", objective="sales") == answered(
        "/v1/products/cream/creators", objective="sales"
    )
    assert asking.creators_for_brand("glow", min_followers=1_000, min_recent_gmv=2.5) == answered(
        "/v1/brands/glow/creators", min_followers="1000", min_recent_gmv="2.5"
    )
    page = asking.products_for_creator("ada", k=2, skip=1, exclude=["tent", "soap"])
    assert page == answered("/v1/creators/ada/products", k="2", skip="1", exclude=["tent", "soap"])
    assert asking.eligibility_of_product("bob", "soap")["allowed"] is False
    assert asking.sample_requests_of_brand("glow", sample_cost=0)["approved"] == 1
    plan = asking.plan_of_campaign(
        "glow", 2, exclude_promoted=False, include=("dan",), min_by_tier={"micro": 1}
    )
    assert plan["samples"][0]["creator_id"] == "dan"
    assert asking.live() == {"status": "live"}
    assert asking.ready()["refused"] is None
    assert "recsys_release_info" in asking.metrics()


def test_a_refusal_is_an_error_that_says_why(asking: Client) -> None:
    with pytest.raises(ProblemError, match=r"no creator with the id 'a/b \?'") as unknown:
        asking.products_for_creator("a/b ?")
    assert (unknown.value.status, unknown.value.kind, unknown.value.title) == (404, "not-found", "Not found")

    with pytest.raises(ProblemError) as invalid:
        asking.products_for_creator("ada", k=0)
    assert invalid.value.status == 422
    assert list(invalid.value.errors) == ["k"]


def test_what_a_service_says_without_a_problem_document_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = iter(
        [
            httpx2.Response(502, text="<h1>Bad gateway</h1>"),
            httpx2.Response(200, text="<h1>Welcome</h1>"),
            httpx2.Response(
                503, json={"title": "Overloaded", "type": "about:blank"}, headers={"Retry-After": "5"}
            ),
        ]
    )
    real = httpx2.Client
    transport = httpx2.MockTransport(lambda request: next(pages))
    monkeypatch.setattr(httpx2, "Client", lambda **given: real(**given, transport=transport))
    with Client("http://recsys.example", key="recsys_1_2") as client:
        with pytest.raises(ServiceError, match="answered 502 without saying why"):
            client.live()
        with pytest.raises(ServiceError, match="no JSON: '<h1>Welcome"):
            client.live()
        with pytest.raises(ProblemError) as busy:
            client.live()
    assert (busy.value.retry_after_s, busy.value.kind, busy.value.detail) == (5.0, "", "")


def test_the_key_goes_with_every_request_and_nobody_home_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["Authorization"] == "Bearer recsys_1_2"
        raise httpx2.ConnectError("connection refused")

    real = httpx2.Client
    monkeypatch.setattr(
        httpx2, "Client", lambda **given: real(**given, transport=httpx2.MockTransport(refuse))
    )
    with (
        Client("http://recsys.example", key="recsys_1_2") as client,
        pytest.raises(ServiceError, match=r"recsys\.example does not answer: connection refused"),
    ):
        client.ready()


def test_importing_the_client_imports_nothing_of_the_service() -> None:
    code = (
        "import sys, serving.client; "
        "print(sorted(name for name in sys.modules if name.split('.')[0] in "
        "('numpy', 'pyarrow', 'fastapi', 'pydantic', 'features', 'training') or name.startswith('serving.')))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == str(
        [f"serving.client{part}" for part in ("", ".answers", ".client", ".errors", ".questions")]
    )
