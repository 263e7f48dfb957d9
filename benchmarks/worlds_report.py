"""The worlds as a table and a plot."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from benchmarks.tables import table

# What is asked of each figure: of the median world, and of every one.
BOUNDS: Final[Mapping[str, tuple[tuple[float, float], tuple[float, float]]]] = {
    "told_over_true": ((0.85, 1.15), (0.7, 1.4)),
    "told_over_true_first_night": ((0.6, 1.6), (0.0, np.inf)),
    "told_over_true_cold": ((0.7, 1.4), (0.0, np.inf)),
    "least_fifth": ((0.6, 1.7), (0.6, 1.7)),
    "greatest_fifth": ((0.6, 1.7), (0.6, 1.7)),
    "ratio_to_best_simple": ((1.3, np.inf), (1.0, np.inf)),
    "ratio_together": ((1.3, np.inf), (1.0, np.inf)),
}
# Ratios that are read at a glance, those first that go before others where there is no room for all.
TICKS: Final = (1.0, 0.5, 2.0, 0.1, 10.0, 0.7, 1.4, 1.2, 1.6, 0.3, 3.0, 0.2, 5.0, 0.03, 20.0, 0.01)
# So many labels have room beside each other.
LABELS: Final = 7
COLUMNS: Final[Mapping[str, str]] = {
    "told_over_true": "told/true",
    "told_over_true_first_night": "first night",
    "told_over_true_cold": "cold",
    "least_fifth": "least fifth",
    "greatest_fifth": "greatest fifth",
    "coverage80": "coverage",
    "coverage80_first_night": "coverage, first night",
    "ratio_to_best_simple": "over best simple",
    "ratio_as_if_alone": "as if alone",
    "ratio_together": "together",
    "share_of_oracle": "of oracle",
    "share_of_informed": "of informed",
    "chosen_told": "chosen: told",
    "chosen_happened": "chosen: happened",
    "followed_told": "followed: told",
    "followed_happened": "followed: happened",
}

Worlds = Mapping[str, Mapping[str, Any]]


def report(worlds: Worlds) -> str:
    """A row a world, then the median and how many worlds are within the bounds asked of each."""
    found = {name: figures_of(world) for name, world in worlds.items()}
    rows: list[Sequence[str]] = [
        (name, *(_text(values[key]) for key in COLUMNS)) for name, values in found.items()
    ]
    told = {key: values_of(found, key) for key in COLUMNS}
    rows.append(
        ("**median**", *(_text(float(np.median(told[key])) if told[key] else None) for key in COLUMNS))
    )
    rows.append(("within", *(_within(key, told[key]) for key in COLUMNS)))
    return "\n".join([*table(("world", *COLUMNS.values()), rows), ""])


def figures_of(world: Mapping[str, Any]) -> dict[str, float | None]:
    """What the table shows of a world; None where there is no such figure."""
    fifths = world.get("fifths") or [None]
    chosen, followed = world.get("chosen") or {}, world.get("followed") or {}
    return {
        **{key: world.get(key) for key in COLUMNS},
        "least_fifth": min(fifths) if fifths[0] is not None else None,
        "greatest_fifth": max(fifths) if fifths[0] is not None else None,
        "chosen_told": chosen.get("told"),
        "chosen_happened": chosen.get("happened"),
        "followed_told": followed.get("told"),
        "followed_happened": followed.get("happened"),
    }


def values_of(found: Mapping[str, Mapping[str, float | None]], key: str) -> list[float]:
    """The figure of all worlds that have it."""
    return [value for figures in found.values() if (value := figures[key]) is not None]


def plot_worlds(worlds: Worlds) -> Figure:
    """A panel a figure, a dot a world, with what is asked of every one between lines."""
    found = {name: figures_of(world) for name, world in worlds.items()}
    told = ("told_over_true", "told_over_true_first_night", "told_over_true_cold")
    shown = (*told, "ratio_to_best_simple", "ratio_together")
    figure = Figure(figsize=(15, 0.28 * len(found) + 1.6), layout="constrained")
    names = list(found)[::-1]
    for panel, key in zip(figure.subplots(1, len(shown), sharey=True), shown, strict=True):
        _, (low, high) = BOUNDS[key]
        points = [(found[name][key], place) for place, name in enumerate(names)]
        known = [(value, place) for value, place in points if value is not None]
        inside = [low <= value <= high for value, _ in known]
        colours = ["tab:blue" if good else "tab:red" for good in inside]
        panel.scatter([value for value, _ in known], [place for _, place in known], c=colours)
        panel.axvline(1.0, color="grey", linewidth=0.8)
        for bound in (low, high):
            if 0.0 < bound < np.inf:
                panel.axvline(bound, color="grey", linewidth=0.8, linestyle=":")
        panel.set_xscale("log", subs=[])
        panel.set_xticks(ticks([value for value, _ in known if value > 0]))
        panel.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.set_title(COLUMNS[key])
        panel.set_yticks(range(len(names)), names)
    return figure


def ticks(values: Sequence[float]) -> list[float]:
    """Labels of an axis that holds these values and 1, far enough from each other to be read."""
    least, most = min([*values, 1.0]), max([*values, 1.0])
    apart = np.log(most / least) / LABELS
    chosen: list[float] = []
    for tick in TICKS:
        if least <= tick <= most and all(abs(np.log(tick / other)) >= apart for other in chosen):
            chosen.append(tick)
    return sorted(chosen)


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _within(key: str, values: Sequence[float]) -> str:
    if key not in BOUNDS:
        return ""
    _, (low, high) = BOUNDS[key]
    return f"{sum(low <= value <= high for value in values)} of {len(values)}"
