"""Renders a page from its template, with the headers that a page needs."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ValidationError

from recsys.errors import RecsysError, ReleaseError, UnknownIdError
from recsys.rounding import known_step, rounded
from serving.champion import Champion
from serving.guard.keys import Principal
from serving.matcher import Matcher
from serving.queries import MAX_SKIP, CreatorQuery, ProductQuery
from serving.schemas import ProductMatchBody

# Pages hold no script, so that nothing that a title says can run.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
STYLE = (files("serving.console") / "console.css").read_bytes()
Asked = TypeVar("Asked", bound=BaseModel)
_templates = Environment(
    loader=PackageLoader("serving.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def sales(match: ProductMatchBody) -> str:
    """Expected sales in money with as many digits as the commission's interval tells; "–" without values."""
    amount, commission = match.expected_gmv, match.expected_commission
    low, high = match.expected_commission_low, match.expected_commission_high
    if amount is None or commission is None or low is None or high is None:
        return "–"
    share = amount / commission if commission else 0.0
    return rounded(amount, known_step(amount, low * share, high * share))


_templates.filters["sales"] = sales
# A browser keeps the style for as long as it is this one.
_templates.globals["style"] = sha256(STYLE).hexdigest()[:12]


def page(request: Request, template: str, status: int = 200, **context: object) -> HTMLResponse:
    """A page; what the template is told, beside who reads it."""
    who: Principal | None = getattr(request.state, "principal", None)
    text = _templates.get_template(template).render(who=who, **context)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": POLICY})


def failure(request: Request, status: int, title: str, detail: str) -> HTMLResponse:
    """A page that says what went wrong."""
    return page(request, "failure.html", status, title=title, detail=detail)


def shown(request: Request, show: Callable[[], HTMLResponse]) -> HTMLResponse:
    """The page, or one that says why there is none."""
    try:
        return show()
    except UnknownIdError as error:
        return failure(request, 404, "Not found", str(error))
    except ReleaseError as error:
        return failure(request, 503, "No answer yet", str(error))
    except ValidationError as error:
        return failure(request, 422, "This cannot be asked", "; ".join(faults(error).values()))
    except RecsysError as error:
        return failure(request, 422, "This cannot be asked", str(error))


def asked(request: Request, kind: type[Asked]) -> Asked:
    """What a form asks: a field that is left empty asks nothing. Raises `ValidationError`."""
    return kind.model_validate({name: value for name, value in request.query_params.items() if value})


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the same list is read on, and where back: addresses, None where there is nothing."""

    back: str | None
    on: str | None


def turned(request: Request, query: ProductQuery | CreatorQuery, shown: int) -> Turn:
    """The pages beside this one, which shows so many."""
    back = max(query.skip - query.k, 0) if query.skip else None
    on = query.skip + query.k if shown == query.k and query.skip + query.k <= MAX_SKIP else None

    def at(skip: int | None) -> str | None:
        return None if skip is None else f"?{request.url.include_query_params(skip=skip).query}"

    return Turn(at(back), at(on))


def faults(error: ValidationError) -> dict[str, str]:
    """What is wrong, by field, in sentences that name it."""
    found = {".".join(map(str, entry["loc"])): str(entry["msg"]) for entry in error.errors()}
    return {name: f"{name}: {message}" for name, message in found.items()}


def matcher_of(request: Request) -> Matcher:
    """The matcher for the whole of one page; raises `ReleaseError` where none is served."""
    champion: Champion = request.state.champion
    return champion.matcher()
