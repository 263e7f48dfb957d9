"""Are the chances, intervals and totals of the value model right? On simulated markets, week after week.

Each week is valued as a night would have done it: from windows of promotions whose horizon was over, features
of the week's begin, and nothing later. What happened is read when nothing can come back any more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.tables import table
from benchmarks.value_report import ValueReport, report_on
from features.attributes import FOLLOWER_TIERS
from features.build import FeatureSet
from features.engine import open_engine
from features.facts import collapse
from features.intake import read_export
from features.settings import MarketplaceSettings
from recsys.arrays import Bool, Int64
from recsys.split import DAY_US
from recsys.value.estimates import Estimates
from training.benchmark.hidden import choose_on_hidden
from training.simulation.export import simulate
from training.simulation.settings import SimulationSettings
from training.value.examples import Examples, examples_of
from training.value.learn import learn_values
from training.value.windows import WINDOW_DAYS, WINDOWS, read_windows

SEEDS: Final = (21, 22, 23)
MARKET: Final = SimulationSettings(creators=5_000, products=1_000, days=160)
WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class Week:
    """Estimates of the promotions that began in a week, and what they came to.

    `followers` are those of each promotion's creator.
    """

    estimates: Estimates
    promotions: Examples
    followers: Int64


def judge_markets(
    work: Path, market: SimulationSettings = MARKET, seeds: Sequence[int] = SEEDS
) -> ValueReport:
    """One report on all weeks of all markets; exports are made in `work` and used again."""
    weeks = [week for seed in seeds for week in judged_weeks(_export(work, market, seed), work / "homes")]
    together = Examples.stacked([week.promotions for week in weeks])
    estimates = Estimates(
        *(
            np.concatenate([getattr(week.estimates, field.name) for week in weeks])
            for field in fields(Estimates)
        )
    )
    followers = np.concatenate([week.followers for week in weeks])
    return report_on(estimates, together.net_units, together.commission, segments(together, followers))


def judged_weeks(export: Path, home: Path, n_weeks: int = WEEKS) -> Iterator[Week]:
    """The latest weeks of an export whose promotions are settled, each by a model of before."""
    settings = MarketplaceSettings.beside(export)
    week, horizon = round(WINDOW_DAYS * DAY_US), round(settings.horizon_days * DAY_US)
    # Between the begin of a week and that of the latest window which it may learn from.
    gap = -(-(horizon + week) // week)
    with open_engine(home / "work") as engine:
        as_of = read_export(engine, export, home, None).as_of
        latest = as_of - week - horizon - round(settings.refund_days * DAY_US)
        begins = [latest - week * place for place in range(n_weeks + gap + WINDOWS - 1)]
        windows = list(read_windows(collapse(engine), settings, begins, as_of))
    # The recipe's weights come from what was known before any week that is judged.
    earliest = windows[-1].features
    blend = choose_on_hidden(earliest.training_data, with_profile=True)
    examples = [examples_of(window, blend.fit(window.features.training_data)) for window in windows]
    for place in range(n_weeks):
        now = windows[place].features
        values = learn_values(examples[place + gap : place + gap + WINDOWS], now)
        if values is None:
            continue
        promotions = examples[place]
        # Creators chose these by themselves.
        chosen = values.of_chosen()
        estimates = chosen.estimate_of(promotions.features, promotions.creators, promotions.products)
        yield Week(estimates, promotions, _followers(now)[promotions.creators])


def segments(promotions: Examples, followers: Int64) -> dict[str, Bool]:
    """Promotions by the tier of their creator, and those of creators and products without history."""
    starts = np.array([least for least, _ in FOLLOWER_TIERS])
    tier = np.searchsorted(starts, followers, side="right") - 1
    return {name: tier == place for place, (_, name) in enumerate(FOLLOWER_TIERS)} | {
        "cold creators": promotions.known_creators == 0,
        "cold products": promotions.known_products == 0,
    }


def calibration_section(report: ValueReport) -> str:
    """The part of the report on calibration, coverage and totals."""
    return "\n".join(
        [
            "### Calibration, simulated markets",
            "",
            f"{report.n:,} promotions. Expected calibration error {report.ece:.4f}, of the worst segment "
            f"{report.worst_segment_ece:.4f}. "
            f"The 80 % interval of the commission held {report.coverage80:.1%}.",
            "",
            *table(
                ("segment", "promotions", "calibration error"),
                [(name, f"{n:,}", f"{error:.4f}") for name, (n, error) in report.segments.items()],
            ),
            "",
            *table(
                ("chance told", "promotions", "sold"),
                [(f"{b.expected:.3f}", f"{b.n:,}", f"{b.happened:.3f}") for b in report.reliability],
            ),
            "",
            *table(
                ("decile, expected commission", "promotions", "expected, total", "happened, total", "ratio"),
                [
                    (
                        f"{place}",
                        f"{b.n:,}",
                        f"{b.expected * b.n:,.0f}",
                        f"{b.happened * b.n:,.0f}",
                        f"{b.happened / b.expected:.2f}",
                    )
                    for place, b in enumerate(report.deciles, start=1)
                ],
            ),
            "",
        ]
    )


def _export(work: Path, market: SimulationSettings, seed: int) -> Path:
    export = work / f"market-{seed}"
    if not export.exists():
        simulate(export, replace(market, seed=seed))
    return export


def _followers(features: FeatureSet) -> Int64:
    return np.asarray(features.creators["follower_count"].to_numpy(), dtype=np.int64)
