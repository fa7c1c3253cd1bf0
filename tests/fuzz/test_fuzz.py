"""A short run of the fuzzer: ``make fuzz`` makes a long one (docs/fuzzing.md)."""

import asyncio

import pytest

from ..faults.server import Server
from .driver import Driver
from .grammar import Case
from .oracle import problem
from .verdict import verdict
from .wire import Answer
from .world import SETTINGS, World

REQUESTS = 600
SEED = 20


def test_nothing_is_found(tmp_path):
    server = Server(tmp_path, **SETTINGS)
    server.start()
    try:
        world = World(server)
        world.furnish()
        report = asyncio.run(Driver(world, SEED).run(REQUESTS, warm=REQUESTS // 2))
        assert verdict(world, report) == []
        # Whoever refuses everything passes too: enough must have succeeded, of many kinds.
        assert report.requests >= REQUESTS
        assert report.labels.total() > REQUESTS // 6
        assert len(report.labels) > 40
    finally:
        server.close()


FINE = b"<Error><Code>A</Code><Message>m</Message><RequestId>R1</RequestId></Error>"


@pytest.mark.parametrize(
    ("status", "headers", "body", "found"),
    [
        (400, {}, FINE, None),
        (501, {}, FINE, None),
        (500, {}, FINE, "status 500"),
        (503, {}, FINE, "status 503"),
        (503, {}, FINE.replace(b"A<", b"SlowDown<"), None),
        (200, {}, b"", None),
        (200, {"x-amz-request-id": ""}, b"", "without x-amz-request-id"),
        (200, {}, b"it is s3cret", "a secret"),
        (200, {"x-amz-meta-a": "s3cret"}, b"", "a secret"),
        (400, {}, FINE[:-3], "no XML"),
        (400, {}, FINE.replace(b"R1", b"R2"), "another request"),
        (400, {}, b"<Error/>", "an error without"),
        (400, {}, b"<Fault/>", "another form"),
        (400, {"content-type": "text/plain"}, b"no", "an error of type"),
        (200, {}, b"<?xml version='1.0'?><a>", "a result that is no XML"),
    ],
)
def test_the_oracle_sees_what_is_wrong(status, headers, body, found):
    answer = Answer(
        status, {"x-amz-request-id": "R1", "content-type": "application/xml"} | headers, body
    )
    case = Case("GetObject", "GET", b"GET / HTTP/1.1\r\n\r\n", "owner")
    told = problem(case, answer, "s3cret")
    assert told is None if found is None else found in told
