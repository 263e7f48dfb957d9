"""`recsys products` and `recsys creators`, the service's answers without the service, and `recsys serve`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.assembly import Panel
from recsys.cli.match_tables import CREATORS, PRODUCTS, Columns, print_answer
from recsys.cli.options import DEFAULT_HOME, AsJson, Events, Home, K, MinRecentGmv
from recsys.cli.output import console, print_table
from recsys.errors import UsageError
from serving.campaign_commands import plan, requests
from serving.key_commands import keys
from serving.settings import DEFAULTS, ServiceSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from serving.matcher import Matcher
    from serving.rules import Eligibility


commands = typer.Typer()
commands.command(rich_help_panel=Panel.MATCHES)(plan)
commands.command(rich_help_panel=Panel.MATCHES)(requests)
commands.add_typer(keys, name="keys", rich_help_panel=Panel.MATCHES)


@commands.command(rich_help_panel=Panel.MATCHES)
def products(
    creator_id: Annotated[str, typer.Argument(help="Whose products.")],
    home: Home = DEFAULT_HOME,
    k: K = 20,
    category: Annotated[str | None, typer.Option(help="Category, or a parent of it.")] = None,
    brand: str | None = None,
    min_price: Annotated[float | None, typer.Option(min=0)] = None,
    max_price: Annotated[float | None, typer.Option(min=0)] = None,
    min_commission: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    in_stock: bool = True,
    with_samples: bool = False,
    exclude_promoted: bool = True,
    objective: Annotated[
        str | None, typer.Option(help="Rank by net_earnings (the default), earnings, sales or affinity.")
    ] = None,
    diversity: Annotated[
        float, typer.Option(min=0, max=1, help="How much value to trade for other categories and brands.")
    ] = 0.0,
    why: Annotated[
        str | None, typer.Option(metavar="PRODUCT_ID", help="Say which rules bar this product instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a creator should promote, from the champion."""
    from serving.filters import ProductFilter
    from serving.schemas import ProductMatches

    matcher = _matcher(home)
    filters = ProductFilter(
        category=category,
        brand_id=brand,
        min_price=min_price,
        max_price=max_price,
        min_commission=min_commission,
        in_stock=in_stock,
        with_samples=with_samples,
        exclude_promoted=exclude_promoted,
    )
    if why is not None:
        _explain(matcher.eligibility(creator_id, why, filters), as_json)
        return
    answer = matcher.products_for(creator_id, k, filters, objective, diversity)
    body = ProductMatches.of(matcher.release, k, answer)
    _show(body, f"products for {creator_id}", PRODUCTS, as_json)


@commands.command(rich_help_panel=Panel.MATCHES)
def creators(
    product_id: Annotated[str | None, typer.Argument(help="For which product.")] = None,
    brand: Annotated[str | None, typer.Option(help="For any product of this brand instead.")] = None,
    home: Home = DEFAULT_HOME,
    k: K = 20,
    min_followers: Annotated[int | None, typer.Option(min=0)] = None,
    max_followers: Annotated[int | None, typer.Option(min=0)] = None,
    region: str | None = None,
    language: str | None = None,
    category: Annotated[str | None, typer.Option(help="Creators with history in it.")] = None,
    min_recent_gmv: MinRecentGmv = None,
    exclude_promoted: bool = True,
    works_with_brand: Annotated[
        bool | None, typer.Option(help="Creators who promote something of the brand already, or do not.")
    ] = None,
    tiers: Annotated[
        str | None, typer.Option(metavar="NAME:COUNT,…", help="At least so many of a tier: nano:5,micro:3.")
    ] = None,
    objective: Annotated[
        str | None, typer.Option(help="Rank by gmv (the default), new_shoppers, sales or affinity.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whom to ask to promote a product or a brand, from the champion."""
    from serving.brand_lists import read_mix
    from serving.filters import CreatorFilter
    from serving.schemas import CreatorMatches

    if (product_id is None) == (brand is None):
        raise UsageError("give either a product id or --brand")
    matcher = _matcher(home)
    filters = CreatorFilter(
        min_followers=min_followers,
        max_followers=max_followers,
        region=region,
        language=language,
        category=category,
        min_recent_gmv=min_recent_gmv,
        exclude_promoted=exclude_promoted,
        works_with_brand=works_with_brand,
    )
    mix = {} if tiers is None else read_mix(tiers, k)
    if product_id is not None:
        answer = matcher.creators_for_product(product_id, k, filters, objective, mix=mix)
    else:
        answer = matcher.creators_for_brand(str(brand), k, filters, objective, mix=mix)
    body = CreatorMatches.of(matcher.release, k, answer)
    _show(body, f"creators for {product_id or f'brand {brand}'}", CREATORS, as_json)


@commands.command(rich_help_panel=Panel.MATCHES)
def export(
    out: Annotated[Path, typer.Argument(help="Folder to write; must be absent.")],
    home: Home = DEFAULT_HOME,
    k: K = 20,
) -> None:
    """Write everyone's matches in both directions, from the champion, as Parquet with a manifest."""
    from serving.export import export_matches

    exported = export_matches(_matcher(home), out, k)
    rows = [(name, exported.lists[name], exported.rows[name]) for name in exported.lists]
    print_table(str(out), ("for each of", "lists", "rows"), rows)


@commands.command(rich_help_panel=Panel.MATCHES)
def serve(
    home: Home = DEFAULT_HOME,
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8000,
    rate: Annotated[
        float, typer.Option(envvar="RECSYS_RATE", help="Requests a second of a creator's or brand's key.")
    ] = DEFAULTS.rate,
    backend_rate: Annotated[
        float, typer.Option(envvar="RECSYS_BACKEND_RATE", help="The same of other keys, or clients without.")
    ] = DEFAULTS.backend_rate,
    burst: Annotated[
        int, typer.Option(envvar="RECSYS_BURST", help="How many may come at once before the rate counts.")
    ] = DEFAULTS.burst,
    max_in_flight: Annotated[
        int, typer.Option(envvar="RECSYS_MAX_IN_FLIGHT", help="Requests beyond are shed.")
    ] = DEFAULTS.max_in_flight,
    max_wait: Annotated[
        float,
        typer.Option(envvar="RECSYS_MAX_WAIT", help="Seconds; who would wait longer is shed."),
    ] = DEFAULTS.max_wait_s,
    threads: Annotated[
        int, typer.Option(envvar="RECSYS_THREADS", help="How many answers are computed at once.")
    ] = DEFAULTS.threads,
    time_limit: Annotated[
        float, typer.Option(envvar="RECSYS_TIME_LIMIT", help="Seconds that an answer may take.")
    ] = DEFAULTS.time_limit_s,
    max_body: Annotated[
        int, typer.Option(envvar="RECSYS_MAX_BODY", help="Bytes of a request's body.")
    ] = DEFAULTS.max_body_bytes,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(envvar="RECSYS_CORS_ORIGINS", help="Whose pages may ask, as https://shop.example."),
    ] = None,
    explore: Annotated[
        float,
        typer.Option(envvar="RECSYS_EXPLORE", help="Share of places for what is hardly known, 0 … 0.5."),
    ] = DEFAULTS.explore,
    workers: Annotated[
        int, typer.Option(envvar="RECSYS_WORKERS", help="Processes that answer on the one address.")
    ] = DEFAULTS.workers,
    impressions: Annotated[
        bool, typer.Option(envvar="RECSYS_IMPRESSIONS", help="Keep answered lists for the next night.")
    ] = DEFAULTS.impressions,
    events: Events = None,
) -> None:
    """Answer matches over HTTP from the champion, and from each later one as soon as it is promoted."""
    from serving.server import serve

    settings = ServiceSettings(
        rate=rate,
        backend_rate=backend_rate,
        burst=burst,
        max_in_flight=max_in_flight,
        threads=threads,
        max_wait_s=max_wait,
        time_limit_s=time_limit,
        max_body_bytes=max_body,
        cors_origins=tuple(cors_origin or ()),
        explore=explore,
        workers=workers,
        impressions=impressions,
        events=events,
    )
    serve(home, host, port, settings)


def _show(body: "BaseModel", title: str, columns: Columns, as_json: bool) -> None:
    if as_json:
        typer.echo(body.model_dump_json(indent=2))
    else:
        print_answer(title, body.model_dump(), columns)


def _explain(found: "Eligibility", as_json: bool) -> None:
    """Print which rules bar a product for a creator."""
    if as_json:
        from serving.schemas import EligibilityBody

        typer.echo(EligibilityBody.model_validate(found).model_dump_json(indent=2))
        return
    rows = [(v.rule, v.description, "yes" if v.allowed else "NO") for v in found.rulings]
    print_table(f"{found.product_id} for {found.creator_id}", ("rule", "demands", "met"), rows)
    barring = [ruling.rule for ruling in found.rulings if not ruling.allowed]
    console().print(f"barred by {', '.join(barring)}" if barring else "no rule bars it", markup=False)


def _matcher(home: Path) -> "Matcher":
    from recsys.release.store import ReleaseStore
    from serving.loaded import load_champion
    from serving.matcher import Matcher

    return Matcher(load_champion(ReleaseStore(home)))
