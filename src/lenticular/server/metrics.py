"""What the server counts, in Prometheus' text format (https://prometheus.io/docs/instrumenting/)."""

from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from lenticular.apis.http import Response

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one server process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        requests = Counter(
            "lenticular_requests",
            "Requests answered.",
            ("api", "service", "operation", "status"),
            registry=self._registry,
        )
        seconds = Histogram(
            "lenticular_request_seconds",
            "Time from a request's head to the end of its answer.",
            ("api", "service", "operation"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "lenticular_requests_in_flight", "Requests being served.", registry=self._registry
        )
        # Looking a labelled child up costs more than counting with it.
        self._request = lru_cache(maxsize=4096)(requests.labels)
        self._second = lru_cache(maxsize=1024)(seconds.labels)

    def count(self, labels: tuple[str, str, str], status: int, seconds: float) -> None:
        """Count a request by its (api, service, operation)."""
        self._request(*labels, str(status)).inc()
        self._second(*labels).observe(seconds)

    def response(self) -> Response:
        """Return all that was counted, for a scraper."""
        return Response(
            200, [("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)], generate_latest(self._registry)
        )
