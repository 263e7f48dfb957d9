"""`recsys plan` and `recsys requests`: whom a brand sends its samples to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.options import DEFAULT_HOME, AsJson, Home, MinRecentGmv
from recsys.cli.output import console, print_table
from recsys.cli.pictures import installed_reach


def plan(
    brand_id: Annotated[str, typer.Argument(help="Whose campaign.")],
    samples: Annotated[int, typer.Option(help="How many samples there are at most.")],
    home: Home = DEFAULT_HOME,
    objective: Annotated[str, typer.Option(help="new_shoppers or gmv.")] = "new_shoppers",
    budget: Annotated[float | None, typer.Option(help="What all may cost together.")] = None,
    sample_cost: Annotated[float | None, typer.Option(help="What one costs; its price by default.")] = None,
    shopper_worth: Annotated[
        float | None, typer.Option(help="What a new shopper is worth; what a buyer spends by default.")
    ] = None,
    min_followers: Annotated[int | None, typer.Option(min=0)] = None,
    max_followers: Annotated[int | None, typer.Option(min=0)] = None,
    region: str | None = None,
    language: str | None = None,
    category: Annotated[str | None, typer.Option(help="Creators with history in it.")] = None,
    min_recent_gmv: MinRecentGmv = None,
    exclude_promoted: bool = True,
    regions: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COUNT", help="At least so many of a region; repeatable.")
    ] = None,
    tiers: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COUNT", help="At least so many of a tier; repeatable.")
    ] = None,
    include: Annotated[list[str] | None, typer.Option(help="A creator to send to; repeatable.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A creator to leave out; repeatable.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw the curve of reach there too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Which creators get a brand's samples, and when to stop."""
    from recsys.release.store import ReleaseStore
    from serving.campaign_schemas import CampaignPlanBody
    from serving.campaigns import Campaign, plan_campaign
    from serving.filters import CreatorFilter
    from serving.loaded import load_champion
    from serving.valid import named_counts

    draw = None if plot is None else installed_reach(plot)
    campaign = Campaign(
        brand_id=brand_id,
        samples=samples,
        objective=objective,
        budget=budget,
        sample_cost=sample_cost,
        shopper_worth=shopper_worth,
        filters=CreatorFilter(
            min_followers=min_followers,
            max_followers=max_followers,
            region=region,
            language=language,
            category=category,
            min_recent_gmv=min_recent_gmv,
            exclude_promoted=exclude_promoted,
        ),
        min_by_region=named_counts("--regions", regions or ()),
        min_by_tier=named_counts("--tiers", tiers or ()),
        include=include or (),
        exclude=exclude or (),
    )
    release = load_champion(ReleaseStore(home))
    body = CampaignPlanBody.of(release, plan_campaign(release, campaign))
    totals = [one.total_added for one in body.samples]
    unit = "new shoppers" if body.objective == "new_shoppers" else body.currency
    if plot is not None and draw is not None:
        plot.write_bytes(draw(totals, body.stop_after, unit))
    if as_json:
        typer.echo(body.model_dump_json(indent=2))
        return
    rows = [
        (
            one.rank,
            one.creator_id,
            one.tier,
            one.region or "",
            one.product_id,
            f"{one.chance_to_post:.0%}",
            one.added,
            one.cost,
            one.margin,
            "yes" if one.pays else "no",
        )
        for one in body.samples
    ]
    header = (
        "sample",
        "creator",
        "tier",
        "region",
        "product",
        "posts",
        f"adds ({unit})",
        "costs",
        "margin",
        "pays",
    )
    print_table(f"samples of {body.brand_id}, out of {body.candidates:,} creators", header, rows)
    console().print(_curve(totals, body.stop_after, unit), markup=False)
    split = ", ".join(f"{count} {tier}" for tier, count in body.tiers.items())
    stop = f"stop after {body.stop_after}: the next costs more than it adds"
    advice = stop if body.stop_after < len(body.samples) else "all of them pay"
    foot = f"{split}; {advice}; expected within {body.horizon_days:g} days, in {body.currency}"
    console().print(f"{foot}; from release {body.release_id}", markup=False)


def requests(
    brand_id: Annotated[str, typer.Argument(help="Whose samples.")],
    home: Home = DEFAULT_HOME,
    sample_cost: Annotated[float | None, typer.Option(help="What one costs; its price by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Which pending applications for a brand's samples to approve."""
    from recsys.release.store import ReleaseStore
    from serving.campaign_schemas import SampleRequestsBody
    from serving.loaded import load_champion
    from serving.sample_requests import rank_requests

    release = load_champion(ReleaseStore(home))
    body = SampleRequestsBody.of(release, rank_requests(release, brand_id, sample_cost))
    if as_json:
        typer.echo(body.model_dump_json(indent=2))
        return
    if not body.requests:
        console().print(f"no application for a sample of {brand_id} is pending", markup=False)
        return
    rows = [
        (
            one.rank,
            one.application_id,
            one.creator_id,
            one.product_id,
            f"{one.chance_to_post:.0%}",
            one.added_gmv,
            f"{one.overlap:.0%}",
            one.cost,
            "approve" if one.approve else "decline",
            one.why,
        )
        for one in body.requests
    ]
    header = ("rank", "application", "creator", "product", "posts", "adds", "overlap", "costs", "", "why")
    print_table(f"{body.approved} of {body.pending} applications to approve for {brand_id}", header, rows)
    foot = f"expected within {body.horizon_days:g} days, in {body.currency}; from release {body.release_id}"
    console().print(foot, markup=False)


def _curve(totals: Sequence[float], stop_after: int, unit: str, width: int = 50, steps: int = 10) -> str:
    """Reach against samples, as bars."""
    most = max(totals, default=0.0) or 1.0
    shown = sorted({*(-(-len(totals) * step // steps) for step in range(1, steps + 1)), stop_after} - {0})
    lines = [
        f"{n:>6} {'█' * round(width * totals[n - 1] / most):<{width}} {totals[n - 1]:,.1f}"
        f"{'  ← stop' if n == stop_after else ''}"
        for n in shown
    ]
    return "\n".join([f"samples, and {unit} by then", *lines])
