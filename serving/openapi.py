"""The OpenAPI document of the service: what FastAPI tells, which routes want a key, meanings and examples."""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving.guard.access import ACCESS
from serving.problems import MEDIA_TYPE
from serving.vocabulary import EXAMPLES, MEANINGS

Document: TypeAlias = dict[str, Any]

TAGS = [
    {"name": "matches", "description": "What to promote, whom to ask, and why."},
    {"name": "campaigns", "description": "Whom a brand sends its samples to."},
    {"name": "events", "description": "What happens, as it happens."},
    {"name": "operation", "description": "Is the service well."},
]
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, as `recsys keys create` prints it. None is needed where none was ever made.",
}
_JSON = "application/json"


class DescribedService(FastAPI):
    """An application whose document states the keys of the table of access and explains every word."""

    def openapi(self) -> Document:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _add_keys(document)
            _explain(document)
        return super().openapi()


def operation_id(route: APIRoute) -> str:
    """The name of the function that answers: what a generated client calls it."""
    return route.name


def example_of(name: str, schema: Document, components: Document) -> object:
    """A value of a field, put together from examples of its parts.

    Raises `KeyError` where a part has none, neither its own nor in the vocabulary.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(name, components[schema["$ref"].rsplit("/", 1)[1]], components)
    if "properties" in schema:
        fields = schema["properties"].items()
        return {field: example_of(field, part, components) for field, part in fields}
    if schema.get("type") == "array" and "$ref" in schema["items"]:
        return [example_of(name, schema["items"], components)]
    if "enum" in schema:
        return EXAMPLES[name] if EXAMPLES.get(name) in schema["enum"] else schema["enum"][0]
    if "anyOf" in schema and name not in EXAMPLES and "default" not in schema:
        return example_of(name, schema["anyOf"][0], components)
    return schema["default"] if name not in EXAMPLES and "default" in schema else EXAMPLES[name]


def _add_keys(document: Document) -> None:
    document.setdefault("components", {})["securitySchemes"] = {"key": SCHEME}
    for path, method, operation in _operations(document):
        access = ACCESS.get((method.upper(), path))
        if access is None or not access.is_public:
            # Or none: where there has never been a key.
            operation["security"] = [{"key": []}, {}]


def _explain(document: Document) -> None:
    """Say what every field means, and give examples of parameters, bodies, answers and problems."""
    components = document["components"]["schemas"]
    for schema in components.values():
        _define(schema, components)
    for path, _, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            _show(parameter, components)
        contents = [answer.get("content", {}) for answer in operation["responses"].values()]
        for content in (*contents, operation.get("requestBody", {}).get("content", {})):
            if _JSON in content:
                content[_JSON]["example"] = example_of("", content[_JSON]["schema"], components)
        for status, answer in operation["responses"].items():
            if MEDIA_TYPE in answer.get("content", {}):
                _complete(answer["content"][MEDIA_TYPE], path, int(status), answer["description"])


def _define(schema: Document, components: Document) -> None:
    for name, part in schema.get("properties", {}).items():
        if name in MEANINGS:
            part.setdefault("description", MEANINGS[name])
        if "$ref" not in part and "$ref" not in part.get("items", {}):
            part["examples"] = [example_of(name, part, components)]


def _show(parameter: Document, components: Document) -> None:
    schema = parameter["schema"]
    options = [option for option in schema.get("anyOf", ()) if "enum" in option]
    example = example_of(parameter["name"], options[0] if options else schema, components)
    if parameter["required"]:
        parameter["example"] = example
    else:
        # An example of the parameter itself would be filled in by /docs, and narrow the answer.
        schema["examples"] = [example]


def _complete(content: Document, path: str, status: int, when: str) -> None:
    """An example of a problem of this path, where the route gives none that is complete."""
    asked = re.sub(r"\{(\w+)\}", lambda found: str(EXAMPLES[found[1]]), path)
    content["example"] = content["example"] | {"instance": asked, "status": status, "detail": when}


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation
