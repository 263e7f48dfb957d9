"""The OpenAPI document leaves no route, parameter or problem undescribed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from serving.app import create_app
from serving.guard.access import ACCESS
from serving.vocabulary import EXAMPLES, MEANINGS

Document: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return create_app(Path(tmp_path_factory.mktemp("empty"))).openapi()


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_operation_has_a_name_of_its_own_a_tag_and_a_description(document: Document) -> None:
    found = [operation for _, _, operation in operations(document)]
    tags = {tag["name"] for tag in document["tags"]}
    names = [operation["operationId"] for operation in found]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)
    assert all(operation["summary"] and operation["description"] for operation in found)
    assert {tag for operation in found for tag in operation["tags"]} == tags


def test_every_parameter_is_described(document: Document) -> None:
    undescribed = [
        (path, parameter["name"])
        for _, path, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]

    assert undescribed == []


def test_every_field_of_what_is_sent_and_answered_is_described(document: Document) -> None:
    undescribed = [
        (name, field)
        for name, schema in document["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
        if not part.get("description")
    ]

    assert undescribed == []


def test_every_plain_field_has_an_example(document: Document) -> None:
    for schema in document["components"]["schemas"].values():
        for field, part in schema.get("properties", {}).items():
            if "$ref" not in part and "$ref" not in part.get("items", {}):
                assert "examples" in part, field


def test_the_vocabulary_has_no_word_that_nobody_uses(document: Document) -> None:
    schemas = document["components"]["schemas"].values()
    used = {name for schema in schemas for name in schema.get("properties", {})}
    used |= {part["name"] for _, _, one in operations(document) for part in one.get("parameters", [])}

    assert MEANINGS.keys() <= used
    assert EXAMPLES.keys() <= used


def test_every_parameter_body_and_answer_has_an_example_that_is_valid(document: Document) -> None:
    def check(schema: Document, example: object) -> None:
        Draft202012Validator({**schema, "components": document["components"]}).validate(example)

    shown = 0
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            check(schema, parameter["example"] if parameter["required"] else schema["examples"][0])
        for status, answer in (*operation["responses"].items(), ("body", operation.get("requestBody", {}))):
            for media_type, content in answer.get("content", {}).items():
                if media_type != "text/plain":
                    check(content["schema"], content["example"])
                    shown += 1
                if media_type == "application/problem+json":
                    assert content["example"]["status"] == int(status)
                    assert content["example"]["instance"].count("/") == path.count("/")
    assert shown > 50


def test_a_health_check_may_ask_for_the_head_alone(client: TestClient, document: Document) -> None:
    asked = [(path, one) for method, path, one in operations(document) if method == "GET"]
    for path, operation in asked:
        filled = path.format(creator_id="ada", product_id="cream", brand_id="glow")
        needed = [part["name"] for part in operation.get("parameters", []) if part["required"]]
        query = {"product_id": "soap"} if "product_id" in needed and "{product_id}" not in path else {}
        got, head = client.get(filled, params=query), client.head(filled, params=query)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"]


def test_every_guarded_operation_states_the_key_and_its_problems(document: Document) -> None:
    for method, path, operation in operations(document):
        is_public = ACCESS[method, path].is_public
        assert ("security" in operation) is not is_public
        if not is_public:
            assert operation["responses"].keys() >= {"401", "403"}
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert set(answer["content"]) == {"application/problem+json"}
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
