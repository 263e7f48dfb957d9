"""The pages of the console."""

from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from recsys.errors import ReleaseError
from recsys.release.store import ReleaseStore
from serving import lists
from serving.champion import Champion
from serving.console.campaigns import brand_pages, campaign_pages
from serving.console.charts import reliability
from serving.console.health import by_route
from serving.console.history import past_releases, report, trends
from serving.console.pages import STYLE, asked, matcher_of, page, shown, turned
from serving.console.sales import sales_of
from serving.console.search import examples, search
from serving.guard.gate import COOKIE
from serving.guard.keys import KeyRing, Principal
from serving.live import LiveCreators
from serving.observe.metrics import Metrics
from serving.queries import CreatorQuery, ProductQuery

console_routes = APIRouter(prefix="/console", include_in_schema=False)


@console_routes.get("")
def home(request: Request) -> HTMLResponse:
    """Find a creator, product or brand; or one's own page."""
    champion: Champion = request.state.champion
    text = request.query_params.get("q", "").strip()
    who: Principal = request.state.principal

    def show() -> HTMLResponse:
        release = champion.matcher().release
        found = None
        if not who.role.has_subject:
            found = search(release, text) if text else examples(release)
        tabs = brand_pages(release)
        return page(
            request,
            "home.html",
            release=release,
            refusal=champion.refusal,
            text=text,
            found=found,
            tabs=tabs,
        )

    return shown(request, show)


@console_routes.get("/creators/{creator_id:path}")
def creator(request: Request, creator_id: str) -> HTMLResponse:
    """What a creator should promote."""

    def show() -> HTMLResponse:
        live: LiveCreators = request.state.live
        matcher = live.matcher_for(matcher_of(request), creator_id)
        query = asked(request, ProductQuery)
        body = lists.products_for_creator(matcher, creator_id, query)
        at = matcher.release.creator_index(creator_id)
        facts = matcher.release.creators
        about = (f"{facts.follower_count[at]:,} followers", facts.region[at], facts.language[at])
        sales = {
            match.product_id: sales_of(matcher.release, matcher.release.product_index(match.product_id))
            for match in body.matches
        }
        return page(
            request,
            "creator.html",
            title=creator_id,
            about=about,
            turn=turned(request, query, len(body.matches)),
            query=query,
            body=body,
            sales=sales,
        )

    return shown(request, show)


@console_routes.get("/products/{product_id:path}")
def product(request: Request, product_id: str) -> HTMLResponse:
    """Whom to ask for a product."""

    def show() -> HTMLResponse:
        matcher, query = matcher_of(request), asked(request, CreatorQuery)
        body = lists.creators_for_product(matcher, product_id, query)
        at = matcher.release.product_index(product_id)
        facts = matcher.release.products
        about = (facts.category[at], f"{facts.price[at]:,.2f} {body.currency}", facts.brand[at])
        title = facts.title[at] or product_id
        return page(
            request,
            "audience.html",
            kind="product",
            subject=product_id,
            title=title,
            about=about,
            sales=sales_of(matcher.release, at),
            tabs=(),
            turn=turned(request, query, len(body.matches)),
            query=query,
            body=body,
        )

    return shown(request, show)


# Before the page of a brand, whose path would take theirs for a part of its id.
console_routes.include_router(campaign_pages)


@console_routes.get("/brands/{brand_id:path}")
def brand(request: Request, brand_id: str) -> HTMLResponse:
    """Whom to ask for any product of a brand."""

    def show() -> HTMLResponse:
        matcher, query = matcher_of(request), asked(request, CreatorQuery)
        body = lists.creators_for_brand(matcher, brand_id, query)
        about = (f"{len(matcher.release.products_of_brand(brand_id)):,} products",)
        return page(
            request,
            "audience.html",
            kind="brand",
            subject=brand_id,
            title=brand_id,
            about=about,
            sales=None,
            tabs=brand_pages(matcher.release),
            turn=turned(request, query, len(body.matches)),
            query=query,
            body=body,
        )

    return shown(request, show)


@console_routes.get("/releases")
def releases(request: Request) -> HTMLResponse:
    """Which releases there are, and what each scored."""
    store: ReleaseStore = request.state.champion.store
    past = past_releases(store)
    return page(request, "releases.html", past=past, trends=trends(past))


@console_routes.get("/releases/{release_id}")
def one_release(request: Request, release_id: str) -> HTMLResponse:
    """What the night of a release measured."""
    store: ReleaseStore = request.state.champion.store

    def show() -> HTMLResponse:
        found = report(store, release_id)
        diagram = reliability(found.told) if found.told else None
        return page(request, "release.html", title=release_id, report=found, diagram=diagram)

    return shown(request, show)


@console_routes.get("/health")
async def health(request: Request) -> HTMLResponse:
    """Is the service well: what it serves, and how it answers."""
    champion: Champion = request.state.champion
    metrics: Metrics = request.state.metrics
    collected = list(metrics.collected())
    try:
        release = champion.matcher().release
    except ReleaseError:
        release = None
    plain = {sample.name: sample.value for metric in collected for sample in metric.samples}
    return page(
        request,
        "health.html",
        release=release,
        refusal=champion.refusal,
        hours=plain.get("recsys_release_age_seconds", 0.0) / 3600,
        in_flight=int(plain["recsys_requests_in_flight"]),
        shed=int(plain["recsys_requests_shed_total"]),
        routes=by_route(collected),
    )


@console_routes.get("/sign-in")
async def sign_in_page(request: Request) -> HTMLResponse:
    """Asks for a key."""
    return page(request, "sign_in.html", is_wrong=False)


@console_routes.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Keeps the key in a cookie that no script reads and no other site sends."""
    fields = parse_qs((await request.body()).decode(errors="replace"))
    key = fields.get("key", [""])[0].strip()
    keys: KeyRing = request.state.keys
    if keys.holder(key) is None:
        return page(request, "sign_in.html", 401, is_wrong=True)
    answer = RedirectResponse("/console", 303)
    answer.set_cookie(
        COOKIE, key, path="/console", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answer


@console_routes.post("/sign-out")
async def sign_out() -> Response:
    """Forgets the key."""
    answer = RedirectResponse("/console/sign-in", 303)
    answer.delete_cookie(COOKIE, path="/console")
    return answer


@console_routes.get("/console.css")
def style() -> Response:
    """How pages look."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(STYLE, media_type="text/css", headers=headers)
