"""The OpenAPI document of the service: what FastAPI tells, and which routes want a key."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving.guard.access import ACCESS

TAGS = [
    {"name": "matches", "description": "What to promote, whom to ask, and why."},
    {"name": "campaigns", "description": "Whom a brand sends its samples to."},
    {"name": "operation", "description": "Is the service well."},
]
SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, as `recsys keys create` prints it. None is needed where none was ever made.",
}


class DescribedService(FastAPI):
    """An application whose document states the keys of the table of access."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            _add_keys(super().openapi())
        return super().openapi()


def _add_keys(document: dict[str, Any]) -> None:
    document.setdefault("components", {})["securitySchemes"] = {"key": SCHEME}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            access = ACCESS.get((method.upper(), path))
            if access is None or not access.is_public:
                # Or none: where there has never been a key.
                operation["security"] = [{"key": []}, {}]


def operation_id(route: APIRoute) -> str:
    """The name of the function that answers: what a generated client calls it."""
    return route.name
