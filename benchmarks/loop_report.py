"""The closed loop in figures, as a table and as a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Plot

from benchmarks.episode import Episode
from benchmarks.launch import Launches, pooled
from benchmarks.tables import table
from benchmarks.told import Kept

SIMPLE: Final = ("popularity", "commission", "cf")
OURS: Final = "ours"
ORACLE: Final = "oracle"
HEADER: Final = (
    "policy",
    "commission",
    "of the best simple",
    "of the oracle",
    "expected",
    "active share",
    "Gini",
    "of what is expected",
    "launch lead, days",
    "seconds a night",
)
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | float | int | None"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The episodes of one policy, one a seed, and the launches in each."""

    episodes: tuple[Episode, ...]
    launches: tuple[Launches, ...]

    @property
    def commission(self) -> float:
        """Mean of the creators' total net commission over the seeds."""
        return fmean(episode.total for episode in self.episodes)

    @property
    def expected(self) -> float:
        """Mean over the seeds of what the truth expects of the links that were made."""
        return fmean(episode.expected_total for episode in self.episodes)

    @property
    def expected_gini(self) -> float:
        """Mean over the seeds."""
        return fmean(episode.expected_gini for episode in self.episodes)

    @property
    def active_share(self) -> float:
        """Mean over the seeds."""
        return fmean(episode.active_share for episode in self.episodes)

    @property
    def gini(self) -> float:
        """Mean over the seeds."""
        return fmean(episode.gini for episode in self.episodes)

    @property
    def kept(self) -> Kept:
        """What lists told and what happened, of all seeds."""
        return Kept.pooled([episode.kept for episode in self.episodes])

    @property
    def seconds(self) -> float:
        """Median seconds of a night's lists."""
        return median(float(second) for episode in self.episodes for second in episode.seconds)


def best_simple(outcomes: Mapping[str, Outcome]) -> str | None:
    """The simple policy with the highest commission; None where none took part."""
    return max(
        (name for name in SIMPLE if name in outcomes),
        key=lambda name: outcomes[name].commission,
        default=None,
    )


def figures(outcomes: Mapping[str, Outcome]) -> Json:
    """All figures; those of `ours` are null while it does not take part."""
    ours = outcomes.get(OURS)
    launches = pooled(ours.launches) if ours else None
    return {
        "policies": {name: _figures_of(name, outcomes) for name in outcomes},
        "best_simple": best_simple(outcomes),
        "ratio_to_best_simple": _to_best_simple(OURS, outcomes),
        "share_of_oracle": _to_oracle(OURS, outcomes),
        "launch_lead_days": launches.median_lead if launches else None,
        "oracle_to_best_simple": _to_best_simple(ORACLE, outcomes),
    }


def report(outcomes: Mapping[str, Outcome]) -> str:
    """A Markdown table with a row a policy."""
    rows = [_cells(name, outcomes) for name in outcomes]
    seeds = max((len(outcome.episodes) for outcome in outcomes.values()), default=0)
    lines = [f"### Closed loop, mean of {seeds} seeds", "", *table(HEADER, rows), ""]
    return "\n".join([*lines, *(_told_lines(outcomes[OURS].kept) if OURS in outcomes else [])])


def _told_lines(kept: Kept) -> Sequence[str]:
    """What our lists told of the promotions that followed them, in tenths."""
    if not len(kept):
        return []
    rows = [
        (str(place), f"{told:,.0f}", f"{happened:,.0f}", _ratio_text(told / happened if happened else None))
        for place, (told, happened) in enumerate(kept.tenths(), start=1)
    ]
    about = (
        f"{len(kept):,} promotions followed a list and were over by the end. Net commission told over what "
        f"happened: {kept.ratio:.2f}; {kept.coverage:.0%} earned what the interval of 80 % says. By tenth of "
        "what was told:"
    )
    return [about, "", *table(("tenth", "told", "happened", "told over happened"), rows), ""]


def plot_commission(outcomes: Mapping[str, Outcome]) -> Plot:
    """A line a policy: commission of all posted so far, mean over the seeds."""
    plot = Plot(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(plot)
    axes = plot.add_subplot()
    for name, outcome in outcomes.items():
        by_night = np.mean([episode.commission.sum(axis=0) for episode in outcome.episodes], axis=0)
        nights = np.arange(1, len(by_night) + 1)
        axes.plot(nights, np.cumsum(by_night), label=name, linestyle="--" if name in _REFERENCES else "-")
    axes.set_title("Creators' net commission, by night of the post")
    axes.set_xlabel("nights")
    axes.set_ylabel("commission so far")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    return plot


_REFERENCES: Final = ("organic", ORACLE)


def _figures_of(name: str, outcomes: Mapping[str, Outcome]) -> Json:
    outcome = outcomes[name]
    launches = pooled(outcome.launches)
    return {
        "commission": outcome.commission,
        "expected_commission": outcome.expected,
        "active_share": outcome.active_share,
        "gini": outcome.gini,
        "expected_gini": outcome.expected_gini,
        "ratio_to_best_simple": _to_best_simple(name, outcomes),
        "share_of_oracle": _to_oracle(name, outcomes),
        "launches": {
            "median_lead_days": launches.median_lead,
            "count": launches.count,
            "entered": len(launches.lead_days),
            "never_entered": launches.never_entered,
            "listed": launches.listed,
        },
        "seconds_per_night": outcome.seconds,
        "told": _told_figures(outcome.kept),
        "by_seed": [
            {"commission": one.total, "active_share": one.active_share, "gini": one.gini}
            for one in outcome.episodes
        ],
    }


def _told_figures(kept: Kept) -> Json:
    """Null where lists told nothing, or nothing was over."""
    if not len(kept):
        return None
    tenths = [told / happened if happened else None for told, happened in kept.tenths()]
    return {"n": len(kept), "over_happened": kept.ratio, "tenths": tenths, "coverage80": kept.coverage}


def _cells(name: str, outcomes: Mapping[str, Outcome]) -> Sequence[str]:
    outcome = outcomes[name]
    launches = pooled(outcome.launches)
    lead = "–" if launches.median_lead is None else f"{launches.median_lead:g}"
    return (
        name,
        f"{outcome.commission:,.0f}",
        _ratio_text(_to_best_simple(name, outcomes)),
        _ratio_text(_to_oracle(name, outcomes)),
        f"{outcome.expected:,.0f}",
        f"{outcome.active_share:.3f}",
        f"{outcome.gini:.3f}",
        f"{outcome.expected_gini:.3f}",
        f"{lead} ({len(launches.lead_days)} of {launches.count} entered)",
        f"{outcome.seconds:.2f}",
    )


def _to_best_simple(name: str, outcomes: Mapping[str, Outcome]) -> float | None:
    return _ratio(name, best_simple(outcomes), outcomes)


def _to_oracle(name: str, outcomes: Mapping[str, Outcome]) -> float | None:
    return _ratio(name, ORACLE, outcomes)


def _ratio(name: str, to: str | None, outcomes: Mapping[str, Outcome]) -> float | None:
    if to is None or name not in outcomes or to not in outcomes or not outcomes[to].commission:
        return None
    return outcomes[name].commission / outcomes[to].commission


def _ratio_text(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"
