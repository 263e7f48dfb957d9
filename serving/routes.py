"""The HTTP routes."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from serving import lists
from serving.champion import Champion
from serving.live import LiveCreators
from serving.matcher import Matcher
from serving.observe.metrics import CONTENT_TYPE, Metrics
from serving.problems import problem_responses
from serving.queries import LISTS, CreatorQuery, EligibilityQuery, ProductQuery
from serving.schemas import CreatorMatches, EligibilityBody, Live, ProductMatches, Ready


async def refuse_repeated(request: Request) -> None:
    """Refuse a parameter given twice: one of its values would be ignored in silence."""
    names = [name for name, _ in request.query_params.multi_items() if name not in LISTS]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        message = "given more than once; give one value"
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": message, "type": "repeated"} for name in repeated]
        )


match_routes = APIRouter(
    prefix="/v1",
    tags=["matches"],
    responses=problem_responses(404, 422, 500, 503),
    dependencies=[Depends(refuse_repeated)],
)
health_routes = APIRouter(prefix="/health", tags=["operation"])
metrics_routes = APIRouter(tags=["operation"])


async def served_matcher(request: Request) -> Matcher:
    """The matcher for the whole of one request, whatever is swapped meanwhile."""
    pinned: Matcher | None = getattr(request.state, "matcher", None)
    champion: Champion = request.state.champion
    return pinned or champion.matcher()


Served = Annotated[Matcher, Depends(served_matcher)]
# With `:path` in the route an id may hold a slash.
CreatorId = Annotated[str, Path(min_length=1, description="A `creator_id` of the export")]
ProductId = Annotated[str, Path(min_length=1, description="A `product_id` of the export")]
BrandId = Annotated[str, Path(min_length=1, description="A `brand_id` of the export")]


async def matcher_of_creator(request: Request, creator_id: CreatorId, matcher: Served) -> Matcher:
    """The matcher for a creator, which knows what happened since the night."""
    live: LiveCreators = request.state.live
    if not live.last_event(creator_id):
        return matcher
    # In a thread: it may fold in.
    return await run_sync(live.matcher_for, matcher, creator_id)


ServedOf = Annotated[Matcher, Depends(matcher_of_creator)]


def json_of(body: BaseModel) -> Response:
    """A body as it is: it was made of what is valid."""
    return Response(body.model_dump_json(), media_type="application/json")


# Scoring a catalog and estimating candidates take a while: in the thread pool they hold up nobody else.
@match_routes.get("/creators/{creator_id:path}/products", response_model=ProductMatches)
def products_for_creator(
    creator_id: CreatorId, query: Annotated[ProductQuery, Query()], matcher: ServedOf
) -> Response:
    """Which products a creator should promote."""
    return json_of(lists.products_for_creator(matcher, creator_id, query))


@match_routes.get("/creators/{creator_id:path}/eligibility")
async def eligibility_of_product(
    creator_id: CreatorId, query: Annotated[EligibilityQuery, Query()], matcher: ServedOf
) -> EligibilityBody:
    """Which rules bar a product from a creator's matches."""
    found = matcher.eligibility(creator_id, query.product_id, query.filters())
    return EligibilityBody.model_validate(found)


@match_routes.get("/products/{product_id:path}/creators", response_model=CreatorMatches)
def creators_for_product(
    product_id: ProductId, query: Annotated[CreatorQuery, Query()], matcher: Served
) -> Response:
    """Which creators to ask to promote a product."""
    return json_of(lists.creators_for_product(matcher, product_id, query))


@match_routes.get("/brands/{brand_id:path}/creators", response_model=CreatorMatches)
def creators_for_brand(
    brand_id: BrandId, query: Annotated[CreatorQuery, Query()], matcher: Served
) -> Response:
    """Which creators to ask to promote any of a brand's products; each comes once, with its best product."""
    return json_of(lists.creators_for_brand(matcher, brand_id, query))


@health_routes.get("/live")
async def live() -> Live:
    """Does the process run."""
    return Live()


@health_routes.get("/ready", responses=problem_responses(503))
async def ready(request: Request, matcher: Served) -> Ready:
    """Is a verified release being served, which, and is a newer one refused."""
    champion: Champion = request.state.champion
    return Ready(release_id=matcher.release.release_id, as_of=matcher.release.as_of, refused=champion.refusal)


@metrics_routes.get("/metrics", response_class=PlainTextResponse, responses=problem_responses(401, 403))
async def metrics(request: Request) -> Response:
    """What a Prometheus server scrapes: latency by route, requests by status, load, the release's age."""
    watched: Metrics = request.state.metrics
    return Response(watched.text(), media_type=CONTENT_TYPE)
