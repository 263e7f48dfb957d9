from math import inf

from prometheus_client import CollectorRegistry, Counter, Histogram

from serving.console.health import RouteFigures, by_route


def test_figures_of_a_route_are_told_from_its_histogram() -> None:
    registry = CollectorRegistry()
    labels = ("method", "route")
    seconds = Histogram("recsys_request_seconds", "", labels, buckets=(0.001, 0.01, 0.1), registry=registry)
    requests = Counter("recsys_requests", "", (*labels, "status"), registry=registry)
    for took, status in ((0.0005, "200"), (0.0005, "404"), (0.05, "503"), (7.0, "500")):
        seconds.labels("GET", "/slow").observe(took)
        requests.labels("GET", "/slow", status).inc()
    seconds.labels("GET", "/fast").observe(0.001)

    assert by_route(registry.collect()) == [
        # One of four took longer than the histogram tells apart.
        RouteFigures("GET", "/slow", 4, 2, 1.0, inf),
        RouteFigures("GET", "/fast", 1, 0, 1.0, 1.0),
    ]
    assert by_route([]) == []
