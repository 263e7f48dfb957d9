"""Prometheus metrics of one worker."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recsys.errors import ReleaseError
from serving.champion import Champion
from serving.guard.shedding import Load
from serving.impressions import Impressions
from serving.live import LiveCreators
from serving.observe.exchange import Exchange

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts exchanges as they end, and reads load and release when asked."""

    def __init__(self, load: Load, live: LiveCreators, impressions: Impressions | None = None) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "recsys_request_seconds",
            "From the first byte asked to the last answered, by route",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._requests = Counter(
            "recsys_requests",
            "Requests by route and status of the answer",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._looked_up = Counter(
            "recsys_prepared_answers", "Lists that the night had rendered", registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Histogram, Counter]] = {}
        self._release = _OfRelease()
        self._registry.register(_OfLoad(load))
        self._registry.register(_OfLive(live))
        if impressions is not None:
            self._registry.register(_OfImpressions(impressions))
        self._registry.register(self._release)

    def count(self, exchange: Exchange) -> None:
        """One more exchange."""
        seconds, requests = self._of(exchange.method, exchange.route, exchange.status)
        seconds.observe(exchange.seconds)
        requests.inc()

    def _of(self, method: str, route: str, status: int) -> tuple[Histogram, Counter]:
        """The two series of an exchange; finding them by their labels takes longer than counting."""
        found = self._series.get((method, route, status))
        if found is None:
            found = (self._seconds.labels(method, route), self._requests.labels(method, route, str(status)))
            self._series[method, route, status] = found
        return found

    def look_up(self) -> None:
        """One more answer that the night had rendered."""
        self._looked_up.inc()

    def watch(self, champion: Champion) -> None:
        """Tell of this champion too."""
        self._release.champion = champion

    def collected(self) -> Iterator[Metric]:
        """All metrics, as a page shows them."""
        return iter(self._registry.collect())

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _OfLoad(Collector):
    def __init__(self, load: Load) -> None:
        self._load = load

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("recsys_requests_in_flight", "Being answered now", self._load.in_flight)
        yield CounterMetricFamily("recsys_requests_shed", "Turned away because of load", self._load.shed)


class _OfLive(Collector):
    def __init__(self, live: LiveCreators) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("recsys_live_events", "Rows in the log of live events", self._live.events)
        yield CounterMetricFamily(
            "recsys_fold_ins", "How often a creator was made from its live events", self._live.fold_ins
        )


class _OfImpressions(Collector):
    def __init__(self, impressions: Impressions) -> None:
        self._impressions = impressions

    def collect(self) -> Iterator[Metric]:
        kept = self._impressions
        yield CounterMetricFamily("recsys_impressions", "Places of lists that are in files", kept.written)
        yield CounterMetricFamily(
            "recsys_impressions_lost", "Places of lists that could not be written", kept.lost
        )
        yield CounterMetricFamily(
            "recsys_impression_lists_dropped", "Answers that found the queue full", kept.dropped_lists
        )
        yield GaugeMetricFamily(
            "recsys_impressions_unwritten_seconds",
            "Since the oldest that waits for its file; 0 where none does",
            kept.unwritten_s,
        )


class _OfRelease(Collector):
    def __init__(self) -> None:
        self.champion: Champion | None = None

    def collect(self) -> Iterator[Metric]:
        champion = self.champion
        if champion is None:
            return
        refused = float(champion.refusal is not None)
        yield GaugeMetricFamily("recsys_champion_refused", "1 while the champion cannot be loaded", refused)
        yield CounterMetricFamily(
            "recsys_releases_refused", "How often loading a champion was refused", champion.refusals
        )
        try:
            release = champion.matcher().release
        except ReleaseError:
            return
        age = time.time() - release.as_of.timestamp()
        yield GaugeMetricFamily("recsys_release_age_seconds", "Since the as-of of the served release", age)
        served = GaugeMetricFamily("recsys_release_info", "Which release is served", labels=("release_id",))
        served.add_metric((release.release_id,), 1.0)
        yield served
