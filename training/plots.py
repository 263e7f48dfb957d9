"""Plots: how the models of a night compare, and for whom; how far a plan reaches."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Plot
from matplotlib.ticker import MaxNLocator

from recsys.evaluation import ALL, Figure
from training.value.calibration import Bin


def compare_models(figures: Sequence[Figure], metric: str, k: int) -> Plot:
    """A bar for each model with its interval."""
    chosen = [f for f in figures if f.segment == ALL and f.metric == metric and f.k == k]
    chosen.sort(key=lambda figure: figure.value)
    plot, axes = _canvas(f"{metric.upper()}@{k} on first sales, 95 % intervals")
    values = [figure.value for figure in chosen]
    whiskers = [[f.value - f.low for f in chosen], [f.high - f.value for f in chosen]]
    axes.barh([figure.model for figure in chosen], values, xerr=whiskers, color="#4477aa", capsize=3)
    axes.set_xlabel(f"{metric}@{k}")
    return plot


def compare_segments(figures: Sequence[Figure], metric: str, k: int, models: Sequence[str]) -> Plot:
    """Bars for some models side by side, a group for each segment."""
    chosen = {(f.segment, f.model): f for f in figures if f.metric == metric and f.k == k and f.n > 0}
    segments = list(dict.fromkeys(segment for segment, _ in chosen))
    plot, axes = _canvas(f"{metric.upper()}@{k} by segment, 95 % intervals")
    height = 0.8 / len(models)
    for place, model in enumerate(models):
        figures_of = [chosen[segment, model] for segment in segments]
        axes.barh(
            np.arange(len(segments)) + place * height,
            [figure.value for figure in figures_of],
            height=height,
            xerr=[[f.value - f.low for f in figures_of], [f.high - f.value for f in figures_of]],
            capsize=2,
            label=model,
        )
    counts = {segment: chosen[segment, models[0]].n for segment in segments}
    axes.set_yticks(
        np.arange(len(segments)) + 0.4 - height / 2, [f"{s} (n = {counts[s]:,})" for s in segments]
    )
    axes.set_xlabel(f"{metric}@{k}")
    axes.invert_yaxis()
    axes.legend()
    return plot


def reliability(bins: Sequence[Bin], what: str) -> Plot:
    """The share that happened against the chance told, with two standard errors; the line is ideal."""
    plot, axes = _canvas(f"{what}: told and happened")
    told, happened = [one.expected for one in bins], [one.happened for one in bins]
    errors = [
        2 * (max(share * (1 - share), 0.0) / one.n) ** 0.5 for share, one in zip(happened, bins, strict=True)
    ]
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
    axes.errorbar(told, happened, yerr=errors, fmt="o-", color="#4477aa", capsize=3)
    axes.set_xlabel("chance told")
    axes.set_ylabel("share that happened")
    return plot


def reach(totals: Sequence[float], stop_after: int, what: str) -> Plot:
    """What the first 0, 1, 2 … samples bring together, and after how many the next no longer pays."""
    plot, axes = _canvas(f"{what} by number of samples")
    together = [0.0, *totals]
    axes.fill_between(range(len(together)), together, color="#4477aa", alpha=0.15)
    axes.plot(together, color="#4477aa", marker="o" if len(totals) <= 40 else "", markersize=4)
    if stop_after < len(totals):
        axes.axvline(stop_after, color="#cc6677", linestyle="--", label=f"stop after {stop_after}")
        axes.legend(loc="lower right")
    axes.set_xlim(0, max(len(totals), 1))
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("samples")
    axes.set_ylabel(what)
    return plot


def reach_png(totals: Sequence[float], stop_after: int, what: str) -> bytes:
    """The same as bytes of a PNG."""
    return png(reach(totals, stop_after, what))


def png(plot: Plot) -> bytes:
    """A plot as bytes of a PNG."""
    sink = io.BytesIO()
    plot.savefig(sink, format="png")
    return sink.getvalue()


def _canvas(title: str) -> tuple[Plot, Axes]:
    plot = Plot(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(plot)
    axes = plot.add_subplot()
    axes.set_title(title)
    axes.grid(axis="x", alpha=0.3)
    return plot, axes
