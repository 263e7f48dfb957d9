"""The HTTP routes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError

from serving.champion import Champion
from serving.matcher import Matcher
from serving.problems import problem_responses
from serving.queries import CreatorQuery, ProductQuery
from serving.schemas import CreatorMatches, Live, ProductMatches, Ready


async def refuse_repeated(request: Request) -> None:
    """Refuse a parameter given twice: one of its values would be ignored in silence."""
    names = [name for name, _ in request.query_params.multi_items()]
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


async def served_matcher(request: Request) -> Matcher:
    """The matcher for the whole of one request, whatever is swapped meanwhile."""
    champion: Champion = request.state.champion
    return champion.matcher()


Served = Annotated[Matcher, Depends(served_matcher)]
# With `:path` in the route an id may hold a slash.
Id = Annotated[str, Path(min_length=1)]


@match_routes.get("/creators/{creator_id:path}/products")
async def products_for_creator(
    creator_id: Id, query: Annotated[ProductQuery, Query()], matcher: Served
) -> ProductMatches:
    """Which products a creator should promote."""
    found = matcher.products_for(creator_id, query.k, query.filters(), query.objective)
    return ProductMatches.of(matcher.release, query.k, found)


@match_routes.get("/products/{product_id:path}/creators")
async def creators_for_product(
    product_id: Id, query: Annotated[CreatorQuery, Query()], matcher: Served
) -> CreatorMatches:
    """Which creators to ask to promote a product."""
    found = matcher.creators_for_product(product_id, query.k, query.filters(), query.objective)
    return CreatorMatches.of(matcher.release, query.k, found)


# A brand may have thousands of products: in the thread pool it holds up nobody else.
@match_routes.get("/brands/{brand_id:path}/creators")
def creators_for_brand(
    brand_id: Id, query: Annotated[CreatorQuery, Query()], matcher: Served
) -> CreatorMatches:
    """Which creators to ask to promote any of a brand's products; each comes once, with its best product."""
    found = matcher.creators_for_brand(brand_id, query.k, query.filters(), query.objective)
    return CreatorMatches.of(matcher.release, query.k, found)


@health_routes.get("/live")
async def live() -> Live:
    """Does the process run."""
    return Live()


@health_routes.get("/ready", responses=problem_responses(503))
async def ready(matcher: Served) -> Ready:
    """Is a verified release being served, and which."""
    return Ready(release_id=matcher.release.release_id, as_of=matcher.release.as_of)
