"""Errors as RFC 9457 problem documents."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from features.event_log import EventLogError
from recsys.errors import ReleaseError, UnknownIdError, UsageError
from serving.valid import InvalidValueError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
_log = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: `name` is the last part of its type URI, `when` says when it is answered."""

    status: int
    name: str
    title: str
    when: str

    @property
    def uri(self) -> str:
        """The `type` of its documents."""
        return f"urn:recsys:problem:{self.name}" if self.name else "about:blank"


UNKNOWN_ID = Kind(404, "not-found", "Not found", "The id is not in the release")
NO_ROUTE = Kind(404, "no-such-route", "No such route", "Nothing is at this address")
NO_KEY = Kind(401, "no-key", "No valid key", "The key is missing, unknown, revoked or expired")
NOT_ALLOWED = Kind(403, "not-allowed", "Not allowed", "The key may not ask for this")
MALFORMED = Kind(400, "malformed", "Malformed request", "The request cannot be read")
INVALID = Kind(
    422, "invalid-request", "Invalid request", "A parameter is invalid or parameters contradict each other"
)
FAILED = Kind(500, "internal-error", "Internal error", "The service failed; its log says why")
NO_RELEASE = Kind(503, "no-release", "No release is loaded", "No verified release is loaded yet")
TOO_LARGE = Kind(413, "too-large", "Too large", "The body is larger than is read")
TOO_MANY = Kind(429, "too-many", "Too many requests", "The key asks more often than it may")
NO_EVENTS = Kind(503, "no-event-log", "No log of events", "The log of live events cannot be reached now")
OVERLOADED = Kind(503, "overloaded", "Overloaded", "Too many requests are being answered")
TOO_SLOW = Kind(503, "too-slow", "No answer in time", "The answer takes longer than it may")
KINDS = (
    UNKNOWN_ID,
    NO_ROUTE,
    NO_KEY,
    NOT_ALLOWED,
    MALFORMED,
    TOO_LARGE,
    INVALID,
    TOO_MANY,
    FAILED,
    NO_RELEASE,
    NO_EVENTS,
    OVERLOADED,
    TOO_SLOW,
)
# What a plain HTTPException means, by its status.
_PLAIN = {kind.status: kind for kind in (MALFORMED, NOT_ALLOWED, NO_ROUTE, TOO_LARGE)}


def problem_responses(*statuses: int) -> OpenApiResponses:
    """What OpenAPI says of problem answers with these statuses."""
    schema = Problem.model_json_schema()
    found: OpenApiResponses = {}
    for status in statuses:
        kinds = [kind for kind in KINDS if kind.status == status]
        example = {"type": kinds[0].uri, "title": kinds[0].title}
        found[status] = {
            "description": "; ".join(kind.when for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
        }
    return found


def answer_with_problems(app: FastAPI) -> None:
    """Let every error of the caller's, and what the framework refuses, become a problem document."""

    async def unknown_id(request: Request, error: Exception) -> Response:
        return problem(request.url.path, UNKNOWN_ID, str(error))

    async def contradiction(request: Request, error: Exception) -> Response:
        errors = {error.field: str(error)} if isinstance(error, InvalidValueError) else None
        return problem(request.url.path, INVALID, str(error), errors=errors)

    async def no_release(request: Request, error: Exception) -> Response:
        return problem(request.url.path, NO_RELEASE, str(error), headers={"Retry-After": str(RETRY_AFTER_S)})

    async def no_events(request: Request, error: Exception) -> Response:
        # What is wrong with a database is for the log, not for who asks.
        _log.error("%s", error)
        detail = "the log of live events cannot be reached; send or ask again"
        return problem(request.url.path, NO_EVENTS, detail, headers={"Retry-After": str(RETRY_AFTER_S)})

    app.add_exception_handler(UnknownIdError, unknown_id)
    app.add_exception_handler(EventLogError, no_events)
    app.add_exception_handler(UsageError, contradiction)
    app.add_exception_handler(ReleaseError, no_release)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    errors = {_location(entry["loc"]): str(entry["msg"]) for entry in error.errors()}
    detail = "; ".join(f"{where}: {message}" for where, message in errors.items())
    return problem(request.url.path, INVALID, detail, errors=errors)


async def _http(request: Request, error: Exception) -> Response:
    """What the framework answers itself, such as method not allowed, and a route that refuses by a status."""
    if not isinstance(error, HTTPException):
        raise error
    kind = _PLAIN.get(error.status_code) or _unnamed(error.status_code)
    return problem(request.url.path, kind, str(error.detail), headers=error.headers)


def _unnamed(status: int) -> Kind:
    """A problem that says no more than its status."""
    phrase = HTTPStatus(status).phrase
    return Kind(status, "", phrase, phrase)


def _location(path: Sequence[int | str]) -> str:
    """`('query', 'k')` as `k`; a rule over several parameters concerns the whole query."""
    return ".".join(str(part) for part in path[1:]) or str(path[0])


def problem(
    path: str,
    kind: Kind,
    detail: str,
    *,
    errors: dict[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document on what was asked at a path."""
    body = Problem(
        type=kind.uri,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=path,
        errors=errors,
    )
    return Response(
        body.model_dump_json(exclude_none=True), kind.status, headers=headers, media_type=MEDIA_TYPE
    )
