"""`python -m benchmarks.nightly OUT`: converts the real data, trains a night on each, writes the tables.

The tables go to `OUT/nightly.md`, ours beside popularity with 95 % intervals; `docs/results.md` quotes them.
"""

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.command import run_command
from benchmarks.convert import CONVERTERS
from benchmarks.tables import figure_text, gain_text, table
from recsys.split import DAY_US
from training.judgement import BASELINE, RECIPE, Judgement, K, segments_of
from training.nightly import NightOptions, NightResult, run_night


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code, that of the converters where the data is missing."""
    return run_command("nightly", __doc__, _sections, arguments)


def _sections(out: Path) -> Iterator[str]:
    for name in CONVERTERS:
        yield _section(name, _train(out / "exports" / name, out / "homes" / name))


def _train(export: Path, home: Path) -> NightResult:
    # A new home: the gate would otherwise compare with the last time this was run.
    shutil.rmtree(home, ignore_errors=True)
    options = NightOptions(data=export, home=home)
    return run_night(options, lambda step: print(f"{export.name}: {step}", flush=True))


def _section(name: str, result: NightResult) -> str:
    judgement = result.judgement
    settings = result.split
    days = (settings.as_of - settings.cutoff) / DAY_US
    gain = judgement.over_popularity
    verdict = "passed" if result.verdict.passed else "refused: " + "; ".join(result.verdict.reasons)
    return "\n".join(
        [
            f"### {name}",
            "",
            f"First sales of the last {days:g} days, {judgement.n_creators:,} creators. Weights chosen on "
            f"the horizon before it ({result.tuned.n_creators:,} creators): "
            f"{result.tuned.blend.shares()}. Gate: {verdict}.",
            "",
            *_models(judgement),
            "",
            *_segments(judgement),
            "",
            f"Recipe less popularity, paired, NDCG@{K}: {gain_text(gain)}",
            "",
        ]
    )


def _models(judgement: Judgement) -> list[str]:
    metrics = ("recall", "map", "hit_rate", "coverage", "gini")
    header = ["model", f"NDCG@{K} (95 %)", *(f"{metric}@{K}" for metric in metrics)]
    rows = [
        [
            model,
            figure_text(judgement.figure(model, "all", "ndcg", K)),
            *(f"{judgement.figure(model, 'all', metric, K).value:.4f}" for metric in metrics),
        ]
        for model in dict.fromkeys(figure.model for figure in judgement.figures)
    ]
    return table(header, rows)


def _segments(judgement: Judgement) -> list[str]:
    header = ["segment", "creators", f"recipe NDCG@{K}", f"popularity NDCG@{K}"]
    rows = []
    for segment in segments_of(judgement):
        recipe, baseline = (judgement.figure(model, segment, "ndcg", K) for model in (RECIPE, BASELINE))
        if recipe.n:
            rows.append([segment, f"{recipe.n:,}", figure_text(recipe), figure_text(baseline)])
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
