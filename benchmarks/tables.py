"""Figures as cells of a Markdown table."""

from collections.abc import Iterable, Sequence

from recsys.bootstrap import Interval
from recsys.evaluation import Figure


def interval_text(interval: Interval) -> str:
    """A mean with its interval."""
    return f"{interval.mean:.4f} ({interval.low:.4f} … {interval.high:.4f})"


def figure_text(figure: Figure) -> str:
    """A figure with its interval; a dash where nobody is behind it."""
    return interval_text(Interval(figure.value, figure.low, figure.high)) if figure.n else "–"


def gain_text(gain: Interval) -> str:
    """A paired difference, signed, with its interval."""
    return f"**{gain.mean:+.4f}** ({gain.low:+.4f} … {gain.high:+.4f})"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    return [_line(header), "|" + "---|" * len(header), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
