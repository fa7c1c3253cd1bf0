"""Metrics: what is counted comes out as Prometheus reads it."""

from prometheus_client.parser import text_string_to_metric_families

from lenticular.server.metrics import Metrics

GET = ("aws", "s3", "GetObject")


def samples(metrics):
    text = metrics.response().body.decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_operation_and_status():
    metrics = Metrics()
    for status in (200, 200, 404):
        metrics.count(GET, status, 0.001)
    found = samples(metrics)
    assert found["lenticular_requests_total", "200", "GetObject", "aws", "s3"] == 2
    assert found["lenticular_requests_total", "404", "GetObject", "aws", "s3"] == 1


def test_times_fall_into_cumulative_buckets():
    metrics = Metrics()
    for seconds in (0.0005, 0.001, 0.02, 99.0):
        metrics.count(GET, 200, seconds)
    found = samples(metrics)
    bucket = "lenticular_request_seconds_bucket"
    assert found[bucket, "0.001", "GetObject", "aws", "s3"] == 2
    assert found[bucket, "0.01", "GetObject", "aws", "s3"] == 2
    assert found[bucket, "0.025", "GetObject", "aws", "s3"] == 3
    assert found[bucket, "+Inf", "GetObject", "aws", "s3"] == 4
    assert found["lenticular_request_seconds_count", "GetObject", "aws", "s3"] == 4
    assert abs(found["lenticular_request_seconds_sum", "GetObject", "aws", "s3"] - 99.0215) < 1e-9


def test_the_process_is_described_too():
    metrics = Metrics()
    metrics.in_flight += 1
    found = samples(metrics)
    assert found[("lenticular_requests_in_flight",)] == 1
    assert found[("process_resident_memory_bytes",)] > 0
