"""The OpenAPI document leaves no route, parameter or problem undescribed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from serving.app import create_app
from serving.guard.access import ACCESS

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
