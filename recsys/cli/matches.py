"""`recsys products` and `recsys creators`: the service's answers without the service."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import DEFAULT_HOME, AsJson, Home, K
from recsys.cli.output import console, print_reasons, print_table
from recsys.errors import UsageError

if TYPE_CHECKING:
    from serving.matcher import Matcher
    from serving.matches import Match


def products(
    creator_id: Annotated[str, typer.Argument(help="Whose products.")],
    home: Home = DEFAULT_HOME,
    k: K = 20,
    category: Annotated[str | None, typer.Option(help="Category, or a parent of it.")] = None,
    brand: str | None = None,
    min_price: Annotated[float | None, typer.Option(min=0)] = None,
    max_price: Annotated[float | None, typer.Option(min=0)] = None,
    min_commission: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    in_stock: bool = False,
    with_samples: bool = False,
    exclude_promoted: bool = True,
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
    matches = matcher.products_for(creator_id, k, filters)
    if as_json:
        typer.echo(ProductMatches.of(matcher.release, k, matches).model_dump_json(indent=2))
    else:
        print_products(creator_id, matches)


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
    exclude_promoted: bool = True,
    as_json: AsJson = False,
) -> None:
    """Whom to ask to promote a product or a brand, from the champion."""
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
        exclude_promoted=exclude_promoted,
    )
    if product_id is not None:
        matches = matcher.creators_for_product(product_id, k, filters)
    else:
        matches = matcher.creators_for_brand(str(brand), k, filters)
    if as_json:
        typer.echo(CreatorMatches.of(matcher.release, k, matches).model_dump_json(indent=2))
    else:
        print_creators(product_id or f"brand {brand}", matches)


def print_products(creator_id: str, matches: "list[Match]") -> None:
    """Print matches of one creator, and under them why."""
    rows = [
        (
            m.rank,
            m.product_id,
            m.title or "",
            m.category,
            f"{m.price:,.2f}",
            f"{m.commission_rate:.1%}",
            m.score,
        )
        for m in matches
    ]
    print_table(
        f"products for {creator_id}",
        ("rank", "product", "title", "category", "price", "commission", "score"),
        rows,
    )
    _print_reasons(matches)
    _print_release(matches)


def print_creators(target: str, matches: "list[Match]") -> None:
    """Print matches of one product or brand, and under them why."""
    rows = [(m.rank, m.creator_id, m.follower_count, m.region or "", m.product_id, m.score) for m in matches]
    print_table(
        f"creators for {target}", ("rank", "creator", "followers", "region", "product", "score"), rows
    )
    _print_reasons(matches)
    _print_release(matches)


def _print_reasons(matches: "list[Match]") -> None:
    for match in matches:
        print_reasons(match.rank, [reason.text for reason in match.reasons])


def _print_release(matches: "list[Match]") -> None:
    console().print(f"from release {matches[0].release_id}" if matches else "nothing matches these filters")


def _matcher(home: Path) -> "Matcher":
    from recsys.release.store import ReleaseStore
    from serving.loaded import load_champion
    from serving.matcher import Matcher

    return Matcher(load_champion(ReleaseStore(home)))
