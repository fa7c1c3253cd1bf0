"""Workers tell each other that they serve and what they have counted."""

import asyncio
import contextlib

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lenticular.server import peers as module
from lenticular.server.metrics import Metrics, response_of
from lenticular.server.peers import Peers
from lenticular.server.place import Place

PUT = ("aws", "s3", "PutObject")


@pytest.fixture
def workers(tmp_path):
    return [Peers(tmp_path, Place(number, 3)) for number in (1, 2, 3)]


async def test_each_is_told_what_the_others_tell(workers):
    async with contextlib.AsyncExitStack() as stack:
        for peer in workers[:2]:
            tell = f"of {peer.number}".encode
            await stack.enter_async_context(peer.answering(tell))
        assert await workers[0].counts() == {2: b"of 2"}
        assert await workers[1].counts() == {1: b"of 1"}
        assert await workers[0].serving() == 2
    assert await workers[0].counts() == {}


async def test_one_that_hangs_holds_nobody_up(workers, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.05)

    async def hang(reader, writer):
        await reader.read(-1)  # until whoever asked has gone
        writer.close()
        hung.set()

    hung = asyncio.Event()
    (workers[0]._folder).mkdir()
    async with await asyncio.start_unix_server(hang, workers[0]._path(2)):
        assert await workers[0].counts() == {}
        await hung.wait()


async def test_the_socket_of_a_dead_worker_is_taken_over(workers):
    for _ in range(2):
        async with workers[1].answering(lambda: b"here"):
            assert await workers[0].counts() == {2: b"here"}
    dead = workers[1].answering(lambda: b"dead")
    await dead.__aenter__()
    async with workers[1].answering(lambda: b"new"):
        assert await workers[0].counts() == {2: b"new"}
    with contextlib.suppress(OSError):
        await dead.__aexit__(None, None, None)


def test_counts_of_all_workers_are_told_together():
    counted = {number: Metrics() for number in (1, 2)}
    counted[1].count(PUT, 200, 0.002)
    for _ in range(3):
        counted[2].count(PUT, 200, 0.02)
    text = response_of({number: each.told() for number, each in counted.items()}).body.decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = {
        sample.labels["worker"]: sample.value for sample in families["lenticular_requests"].samples
    }
    assert requests == {"1": 1, "2": 3}
    buckets = families["lenticular_request_seconds"].samples
    assert {"worker", "le", "operation"} <= buckets[0].labels.keys()
    assert {sample.labels["worker"] for sample in families["process_open_fds"].samples} == {
        "1",
        "2",
    }
    assert families["lenticular_requests"].type == "counter"
    assert families["lenticular_request_seconds"].type == "histogram"
