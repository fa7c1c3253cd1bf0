"""What the server counts, in Prometheus' text format (https://prometheus.io/docs/instrumenting/).

Requests are counted in plain dicts, which the exposition reads when it is asked: all
requests are served by one thread, and the library's own counters, made for many, would
cost each of them more than finding its route does.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from lenticular.apis.http import Response

Labels = tuple[str, str, str]
"""The api, the service and the operation of a request."""

_NAMES = ("api", "service", "operation")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics(Collector):
    """The counters of one server process."""

    def __init__(self) -> None:
        self.in_flight = 0
        """Requests being served."""
        self._requests: defaultdict[tuple[Labels, int], int] = defaultdict(int)
        self._buckets: defaultdict[Labels, list[int]] = defaultdict(
            lambda: [0] * (len(_SECONDS) + 1)
        )
        self._seconds: defaultdict[Labels, float] = defaultdict(float)
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def count(self, labels: Labels, status: int, seconds: float) -> None:
        """Count a request that was answered with `status` after `seconds`."""
        self._requests[labels, status] += 1
        self._buckets[labels][bisect_left(_SECONDS, seconds)] += 1
        self._seconds[labels] += seconds

    def collect(self) -> Iterator[Metric]:
        """Iterate over what was counted: what the library asks for an exposition."""
        requests = CounterMetricFamily(
            "lenticular_requests", "Requests answered.", labels=(*_NAMES, "status")
        )
        for (labels, status), number in self._requests.items():
            requests.add_metric((*labels, str(status)), number)
        yield requests
        times = HistogramMetricFamily(
            "lenticular_request_seconds",
            "Time from a request's head to the end of its answer.",
            labels=_NAMES,
        )
        for labels, counts in self._buckets.items():
            times.add_metric(labels, _cumulated(counts), self._seconds[labels])
        yield times
        yield GaugeMetricFamily(
            "lenticular_requests_in_flight", "Requests being served.", self.in_flight
        )

    def response(self) -> Response:
        """Return all that was counted, for a scraper."""
        return _response(self._registry)

    def told(self) -> bytes:
        """Return all that was counted, for another worker's `response_of`."""
        return _encode(
            [
                _Family(
                    metric.name,
                    metric.documentation,
                    metric.type,
                    [(each.name, each.labels, each.value) for each in metric.samples],
                )
                for metric in self._registry.collect()
            ]
        )


class _Family(Struct, array_like=True, frozen=True):
    """A metric with its samples, each a name, labels and a value."""

    name: str
    documentation: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Family]).decode


def response_of(told: Mapping[int, bytes]) -> Response:
    """Return what several workers have `told`, by number, each sample with its ``worker``."""
    merged: dict[str, Metric] = {}
    for number, families in sorted(told.items()):
        for family in _decode(families):
            metric = merged.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            for name, labels, value in family.samples:
                metric.add_sample(name, {**labels, "worker": str(number)}, value)
    return _response(_Collected(list(merged.values())))


class _Collected(CollectorRegistry):
    """Metrics that were collected already."""

    def __init__(self, metrics: list[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def _response(registry: CollectorRegistry) -> Response:
    return Response(200, [("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)], generate_latest(registry))


def _cumulated(counts: list[int]) -> list[tuple[str, float]]:
    """Return each bucket's upper bound and how many are at or below it."""
    bounds = [*map(str, _SECONDS), "+Inf"]
    totals = (sum(counts[: place + 1]) for place in range(len(counts)))
    return list(zip(bounds, totals, strict=True))
