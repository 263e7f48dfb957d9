"""`recsys benchmark`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.options import Seed
from recsys.cli.output import print_table, progress
from recsys.errors import UsageError


def benchmark(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with train.txt and test.txt.")],
    only: Annotated[str | None, typer.Option(help="One model instead of all, such as recipe.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    seed: Seed = 0,
) -> None:
    """The default recipe against peers on one split: ranking quality, seconds, peak memory."""
    from training.benchmark.peers import PEERS
    from training.benchmark.run import RECIPE, run_benchmark

    names = (RECIPE, *PEERS)
    if only is not None and only not in names:
        raise UsageError(f"--only {only!r} is no model; choose one of {', '.join(names)}")
    with progress(1 if only else len(names)) as report:
        performances = run_benchmark(folder, report, only=only, seed=seed)
    print_table(
        str(folder),
        ("model", "recall@20", "ndcg@20", "search s", "fit s", "score s", "peak MB"),
        [
            (o.model, o.recall, o.ndcg, o.search_seconds, o.fit_seconds, o.score_seconds, o.peak_mb)
            for o in performances.values()
        ],
    )
    if json_out is not None:
        models = {name: performance.as_json() for name, performance in performances.items()}
        json_out.write_text(json.dumps({"split": folder.resolve().name, "models": models}, indent=2) + "\n")
