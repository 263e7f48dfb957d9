"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from recsys.errors import ReleaseError, UnknownIdError
from serving.filters import FilterError
from serving.objectives import ObjectiveError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5

OpenApiResponses: TypeAlias = dict[int | str, dict[str, object]]


class Problem(BaseModel):
    """A problem document; `errors` says what is wrong with each parameter, where that is the problem."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="What kind of problem it is, as a URI")
    title: str = Field(description="The kind of problem in words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened and how to mend it")
    instance: str = Field(description="The path that was asked for")
    errors: dict[str, str] | None = Field(default=None, description="What is wrong, by parameter")


# By status: the last part of the type URI, the title, and when it is answered.
_KINDS: Mapping[int, tuple[str, str, str]] = {
    404: ("not-found", "Not found", "The id is not in the release"),
    422: ("invalid-request", "Invalid request", "A parameter is invalid or parameters contradict each other"),
    500: ("internal-error", "Internal error", "The service failed; its log says why"),
    503: ("no-release", "No release is loaded", "No verified release is loaded yet"),
}


def problem_responses(*statuses: int) -> OpenApiResponses:
    """What OpenAPI says of problem answers with these statuses."""
    schema = Problem.model_json_schema()
    return {
        status: {"description": _KINDS[status][2], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def answer_with_problems(app: FastAPI) -> None:
    """Let every error that leaves a route become a problem document."""

    async def unknown_id(request: Request, error: Exception) -> Response:
        return _response(request, 404, str(error))

    async def contradiction(request: Request, error: Exception) -> Response:
        return _response(request, 422, str(error))

    async def no_release(request: Request, error: Exception) -> Response:
        return _response(request, 503, str(error), headers={"Retry-After": str(RETRY_AFTER_S)})

    async def failed(request: Request, error: Exception) -> Response:
        return _response(request, 500, "the service failed on this request; its log says why")

    app.add_exception_handler(UnknownIdError, unknown_id)
    app.add_exception_handler(FilterError, contradiction)
    app.add_exception_handler(ObjectiveError, contradiction)
    app.add_exception_handler(ReleaseError, no_release)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, failed)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = {_location(entry["loc"]): str(entry["msg"]) for entry in error.errors()}
    detail = "; ".join(f"{where}: {message}" for where, message in errors.items())
    return _response(request, 422, detail, errors=errors)


async def _http(request: Request, error: Exception) -> Response:
    """What the router answers itself: no such route, method not allowed."""
    if not isinstance(error, HTTPException):
        raise error
    return _response(request, error.status_code, str(error.detail), headers=error.headers)


def _location(path: Sequence[int | str]) -> str:
    """`('query', 'k')` as `k`; a rule over several parameters concerns the whole query."""
    return ".".join(str(part) for part in path[1:]) or str(path[0])


def _response(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: dict[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if status in _KINDS:
        name, title, _ = _KINDS[status]
        kind = f"urn:recsys:problem:{name}"
    else:
        kind, title = "about:blank", HTTPStatus(status).phrase
    problem = Problem(
        type=kind, title=title, status=status, detail=detail, instance=request.url.path, errors=errors
    )
    return Response(
        problem.model_dump_json(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE
    )
