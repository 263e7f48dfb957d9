"""`recsys train`."""

from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import DEFAULT_HOME, AllowBadShare, AsOf, Data, Events, Home, Seed, instant
from recsys.cli.output import console, print_table, progress
from recsys.errors import GateRefusedError
from recsys.split import iso

if TYPE_CHECKING:
    from recsys.bootstrap import Interval
    from recsys.clearing.giving import Placed
    from recsys.evaluation import Figure
    from training.nightly import NightOptions, NightResult


def train(
    data: Data,
    home: Home = DEFAULT_HOME,
    as_of: AsOf = None,
    seed: Seed = 0,
    horizon_days: Annotated[
        float | None, typer.Option(min=0.01, help="How far ahead the night is judged.")
    ] = None,
    half_life_days: Annotated[
        float | None, typer.Option(min=0.01, help="Age at which a sale counts half.")
    ] = None,
    allow_bad_share: AllowBadShare = None,
    events: Events = None,
    prepare: Annotated[
        int | None,
        typer.Option(min=0, help="Lists to prepare, of creators and of products; 500 by default."),
    ] = None,
) -> None:
    """One night: validate, build, fit, judge, release; the release is served if it passes the gate."""
    from training.nightly import NightOptions

    options = NightOptions(
        data=data,
        home=home,
        as_of=instant(as_of),
        seed=seed,
        horizon_days=horizon_days,
        half_life_days=half_life_days,
        allowed_bad_share=allow_bad_share,
        prepared=prepare,
        events=events,
    )
    result = train_night(options)
    if not result.verdict.passed:
        raise GateRefusedError(
            f"release {result.release_id} stays challenger and is not served: "
            + "; ".join(result.verdict.reasons)
        )


def train_night(options: "NightOptions") -> "NightResult":
    """Run a night with progress and print what came of it."""
    from training.nightly import STEPS, run_night

    with progress(len(STEPS)) as report:
        result = run_night(options, report)
    _print_result(result)
    return result


def _print_result(result: "NightResult") -> None:
    from training.judgement import K, segments_of

    for note in result.validated.report.notes():
        console().print(note, markup=False, soft_wrap=True)
    judgement, split = result.judgement, result.split
    models = dict.fromkeys(figure.model for figure in judgement.figures)
    metrics = ("ndcg", "recall", "map", "hit_rate", "coverage", "gini")
    horizon = f"{iso(split.cutoff)} to {iso(split.as_of)}"
    print_table(
        f"first sales from {horizon}, {judgement.n_creators:,} creators, at {K}",
        ("model", *metrics, "ndcg interval"),
        [
            (
                model,
                *(judgement.figure(model, "all", metric, K).value for metric in metrics),
                _interval(judgement.figure(model, "all", "ndcg", K)),
            )
            for model in models
        ],
    )
    rows = []
    for segment in segments_of(judgement):
        recipe, baseline = (judgement.figure(m, segment, "ndcg", K) for m in ("recipe", "popularity"))
        if recipe.n:
            rows.append(
                (
                    segment,
                    recipe.n,
                    recipe.value,
                    _interval(recipe),
                    baseline.value,
                    _interval(baseline),
                )
            )
    print_table(
        f"NDCG@{K} by segment", ("segment", "creators", "recipe", "interval", "popularity", "interval"), rows
    )
    gain = judgement.over_popularity
    out = console()
    out.print(f"recipe less popularity, paired: {gain.mean:+.4f} {_interval(gain)}")
    chosen_on = f"{result.tuned.n_creators:,} creators of the validation horizon"
    out.print(f"weights chosen on {chosen_on}: {result.tuned.blend.shares()}")
    out.print(f"channels weighed on {result.channels.n_creators:,} of them, with history: {result.channels}")
    if result.placed is not None:
        out.print(_places(result.placed))
    state = "champion" if result.verdict.passed else "challenger, refused by the gate"
    out.print(f"release {result.release_id}: {state}")


def _places(placed: "Placed") -> str:
    """How lists are spread over products as if each stood alone, and as they are served."""
    found = {name.removeprefix("places/"): value for name, value in placed.metrics().items()}
    spread = [
        f"{found[f'distinct_products_{when}']:,.0f} products on the lists, one of them on "
        f"{found[f'greatest_share_{when}']:.0%} of these"
        for when in ("before", "after")
    ]
    return f"as if alone {spread[0]}; as served {spread[1]}"


def _interval(figure: "Figure | Interval") -> str:
    return f"{figure.low:.4f} … {figure.high:.4f}"
