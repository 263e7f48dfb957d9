"""How the service does, from its own metrics: load, and answers by route."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from prometheus_client.core import Metric

Route = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """Answers of one route since the start: how many, how many of them failed (5xx), and within which time
    in ms half and 99 of 100 of them came, at most: the bounds of the histogram are all that is kept, and
    what took longer than the last of them is told as infinite.
    """

    method: str
    route: str
    answers: int
    failed: int
    median_ms: float
    p99_ms: float


@dataclass(slots=True)
class _Counted:
    within: dict[float, float] = field(default_factory=dict)
    failed: float = 0.0


def by_route(metrics: Iterable[Metric]) -> list[RouteFigures]:
    """Figures of each route that was asked, most asked first."""
    found: dict[Route, _Counted] = defaultdict(_Counted)
    for sample in (sample for metric in metrics for sample in metric.samples):
        if sample.name == "recsys_request_seconds_bucket":
            counted = found[sample.labels["method"], sample.labels["route"]]
            counted.within[float(sample.labels["le"])] = sample.value
        elif sample.name == "recsys_requests_total" and sample.labels["status"].startswith("5"):
            found[sample.labels["method"], sample.labels["route"]].failed += sample.value
    figures = [
        RouteFigures(
            *route, int(one.within[inf]), int(one.failed), *(_at_most(one.within, s) for s in (0.5, 0.99))
        )
        for route, one in found.items()
    ]
    return sorted(figures, key=lambda one: (-one.answers, one.route, one.method))


def _at_most(within: dict[float, float], share: float) -> float:
    """The least bound in ms within which a share of all came; infinite beyond the last one."""
    return 1e3 * next(bound for bound in sorted(within) if within[bound] >= share * within[inf])
