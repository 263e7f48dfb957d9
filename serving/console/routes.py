"""The pages of the console."""

from importlib.resources import files
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from recsys.release.store import ReleaseStore
from serving.champion import Champion
from serving.console.campaigns import brand_pages, campaign_pages
from serving.console.charts import line
from serving.console.history import past_releases, report
from serving.console.pages import asked, matcher_of, page, shown
from serving.console.search import examples, search
from serving.guard.gate import COOKIE
from serving.guard.keys import KeyRing, Principal
from serving.queries import CreatorQuery, ProductQuery
from serving.schemas import CreatorMatches, ProductMatches

console_routes = APIRouter(prefix="/console", include_in_schema=False)
_FOLDER = files("serving.console")


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
        matcher = matcher_of(request)
        query = asked(request, ProductQuery)
        answer = matcher.products_for(creator_id, query.k, query.filters(), query.objective, query.diversity)
        body = ProductMatches.of(matcher.release, query.k, answer)
        at = matcher.release.creator_index(creator_id)
        facts = matcher.release.creators
        about = (f"{facts.follower_count[at]:,} followers", facts.region[at], facts.language[at])
        return page(request, "creator.html", title=creator_id, about=about, query=query, body=body)

    return shown(request, show)


@console_routes.get("/products/{product_id:path}")
def product(request: Request, product_id: str) -> HTMLResponse:
    """Whom to ask for a product."""

    def show() -> HTMLResponse:
        matcher, query = matcher_of(request), asked(request, CreatorQuery)
        answer = matcher.creators_for_product(product_id, query.k, query.filters(), query.objective)
        body = CreatorMatches.of(matcher.release, query.k, answer)
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
            tabs=(),
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
        answer = matcher.creators_for_brand(brand_id, query.k, query.filters(), query.objective)
        body = CreatorMatches.of(matcher.release, query.k, answer)
        about = (f"{len(matcher.release.products_of_brand(brand_id)):,} products",)
        return page(
            request,
            "audience.html",
            kind="brand",
            subject=brand_id,
            title=brand_id,
            about=about,
            tabs=brand_pages(matcher.release),
            query=query,
            body=body,
        )

    return shown(request, show)


@console_routes.get("/releases")
def releases(request: Request) -> HTMLResponse:
    """Which releases there are, and what each scored."""
    store: ReleaseStore = request.state.champion.store
    past = past_releases(store)
    figures = [release.figure for release in reversed(past) if release.figure is not None]
    return page(request, "releases.html", past=past, points=line(figures))


@console_routes.get("/releases/{release_id}")
def one_release(request: Request, release_id: str) -> HTMLResponse:
    """What the night of a release measured."""
    store: ReleaseStore = request.state.champion.store

    def show() -> HTMLResponse:
        return page(request, "release.html", title=release_id, report=report(store, release_id))

    return shown(request, show)


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
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response((_FOLDER / "console.css").read_bytes(), media_type="text/css", headers=headers)
