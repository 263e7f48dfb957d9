"""Figures as points of inline SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 320.0, 60.0
# A curve with axes: where its plane begins and ends; what is left around it is for the labels.
LEFT, RIGHT, TOP, BOTTOM = 44.0, 352.0, 10.0, 172.0
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in units of the picture, and what stands there."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What several bring together: `points` from none to all, the `area` under them, the marks of both axes.

    `stop` is the point after which the next one no longer pays; None where all do.
    """

    points: str
    area: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    stop: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Diagram:
    """What came against what was told: `dots` in order, the line through them, where both are equal, axes."""

    dots: tuple[tuple[float, float], ...]
    points: str
    equal: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def line(figures: Sequence[float], top: float | None = None) -> str:
    """Points of a polyline, `WIDTH` × `HEIGHT`: 0 is the bottom, `top` or the greatest figure the top."""
    if len(figures) < 2:
        return ""
    top = max(max(figures) if top is None else top, 1e-12)
    step = WIDTH / (len(figures) - 1)
    return _points((place * step, HEIGHT * (1 - figure / top)) for place, figure in enumerate(figures))


def reach(totals: Sequence[float], stop_after: int) -> Curve:
    """What the first 0, 1, 2 … of a plan bring together; raises `ValueError` where it is empty."""
    if not totals:
        raise ValueError("a plan of nothing has no curve")
    up = ticks(max(*totals, 0.0))
    across = tuple(n for n in ticks(len(totals), whole=True) if n <= len(totals))
    points = [_at(n / len(totals), total / up[-1]) for n, total in enumerate([0.0, *totals])]
    return Curve(
        _points(points),
        _points([*points, (RIGHT, BOTTOM)]),
        tuple(Tick(_at(n / len(totals), 0.0)[0], n) for n in across),
        tuple(Tick(_at(0.0, total / up[-1])[1], total) for total in up),
        points[stop_after] if stop_after < len(totals) else None,
    )


def reliability(told: Sequence[tuple[float, float]]) -> Diagram:
    """Chances told and the shares that came true; raises `ValueError` where there are none."""
    marks = ticks(max(max(pair) for pair in told))
    top = marks[-1]
    dots = tuple(_at(chance / top, share / top) for chance, share in told)
    return Diagram(
        dots,
        _points(dots),
        _points([_at(0.0, 0.0), _at(1.0, 1.0)]),
        tuple(Tick(_at(mark / top, 0.0)[0], mark) for mark in marks),
        tuple(Tick(_at(0.0, mark / top)[1], mark) for mark in marks),
    )


def ticks(top: float, whole: bool = False) -> tuple[float, ...]:
    """Round numbers from 0 to the first at or above `top`, two to five of them."""
    if top <= 0:
        return (0.0, 1.0)
    power = 10.0 ** floor(log10(top / _STEPS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * _STEPS >= top * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    return tuple(step * n for n in range(ceil(top / step * (1 - 1e-9)) + 1))


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _at(across: float, up: float) -> tuple[float, float]:
    """The place of two shares, 0 … 1, of a plane with axes."""
    return LEFT + (RIGHT - LEFT) * across, BOTTOM - (BOTTOM - TOP) * up
