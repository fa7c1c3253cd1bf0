"""SIGKILL at any moment: what was acknowledged is there, and nothing half-written is.

``FAULTS=long`` kills at least 50 times and prints what it counted; `make test` a few times.
"""

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.engines.kv.keys import Subspace
from lenticular.server.blobplaces import BLOBS_NAME
from lenticular.server.configuration import load
from lenticular.server.process import hold
from lenticular.server.wiring import open_cloud

from . import inspection, journal
from .journal import State
from .server import PATIENCE, Server
from .writers import BUCKET, TABLE, ItemWriter, ObjectWriter, Writer, create_table

KILLS = 50 if os.environ.get("FAULTS") == "long" else 4
WRITERS = 4
"""Of each kind, at the same time."""


@pytest.fixture
def report(capsys):
    """Prints a line to the terminal in the long form."""

    def say(line: str) -> None:
        if KILLS >= 50:
            with capsys.disabled():
                print(line, flush=True)

    return say


def test_nothing_acknowledged_is_lost_and_nothing_half_written_is_seen(
    make_server, tmp_path, report
):
    server = make_server()
    server.start()
    server.client("s3").create_bucket(Bucket=BUCKET)
    create_table(server.client("dynamodb"))
    journals = tmp_path / "journals"
    journals.mkdir()
    seed = random.SystemRandom().randrange(10**9)
    chance = random.Random(seed)
    counts: Counter[str] = Counter()
    print(f"seed {seed}")

    cycle = 0
    while counts["kills"] < KILLS:
        cycle += 1
        if chance.random() < 0.2:  # a kill while it starts: recovery must bear that too
            restart_badly(server, chance)
            counts["kills"] += 1
        kill_under_load(server, journals, cycle, chance)
        counts["kills"] += 1
        server.start()
        verify(server, journals, counts)
        report(f"{counts['kills']:>3} kills, cycle {cycle}: {dict(counts)}")

    verify_that_nothing_is_left_over(server)
    assert counts["acknowledged"] > 20 * KILLS


def restart_badly(server: Server, chance: random.Random) -> None:
    server.kill()
    server.launch()
    time.sleep(chance.uniform(0, 1))
    server.kill()
    server.start()


def kill_under_load(server: Server, journals: Path, cycle: int, chance: random.Random) -> None:
    """Let writers work for a random time, then kill the server under them."""
    s3, dynamodb = server.client("s3"), server.client("dynamodb")
    writers: list[Writer] = []
    for number in range(WRITERS):
        for kind, client in ((ObjectWriter, s3), (ItemWriter, dynamodb)):
            name = f"{kind.__name__}{number}"
            path = journals / name
            state = journal.read(path)[0] if path.exists() else {}
            writers.append(kind(name, client, path, state, cycle))
    for writer in writers:
        writer.start()
    time.sleep(chance.uniform(0.2, 1.5))
    if chance.random() < 0.1:  # also while it ends in good order
        server.terminate()
        time.sleep(chance.uniform(0, 0.05))
    server.kill()
    for writer in writers:
        writer.stopping.set()
        writer.join(PATIENCE)
        assert not writer.is_alive()
        if writer.failure:
            raise writer.failure


def verify(server: Server, journals: Path, counts: Counter[str]) -> None:
    """Hold the cloud to the writers' journals."""
    s3, dynamodb = server.client("s3"), server.client("dynamodb")
    found = inspection.find_objects(s3) | inspection.find_items(dynamodb)
    counts["acknowledged"] = 0
    for path in sorted(journals.iterdir()):
        expected, pending, done = journal.read(path)
        counts["acknowledged"] += done
        counts["under way"] += len(pending)
        mine = {address: token for address, token in found.items() if owner(address) == path.name}
        for changes in pending:
            counts["under way and there"] += resolve(changes, expected, mine)
        assert mine == {address: token for address, token in expected.items() if token}
        notes = journal.Journal(path)
        notes.settle(expected)
        notes.close()
    inspection.abort_uploads(s3)


def owner(address: str) -> str:
    return address.partition("/")[0]


def resolve(changes: State, expected: State, found: State) -> bool:
    """Bring `expected` up to date with what was under way: all of it is there, or nothing."""
    seen = {address: found.get(address) for address in changes}
    before = {address: expected.get(address) for address in changes}
    assert seen in (changes, before), f"half of {changes} is there: {seen}"
    expected |= seen
    return seen == changes


def verify_that_nothing_is_left_over(server: Server) -> None:
    """Delete everything; then no blob may be left, and no record of any content."""
    s3, dynamodb = server.client("s3"), server.client("dynamodb")
    for key in inspection.find_objects(s3):
        s3.delete_object(Bucket=BUCKET, Key=key)
    dynamodb.delete_table(TableName=TABLE)
    dynamodb.get_waiter("table_not_exists").wait(TableName=TABLE)
    s3.delete_bucket(Bucket=BUCKET)
    assert server.run("scrub").returncode == 0
    server.stop()

    with hold(server.data):
        assert asyncio.run(sweep(server.data)) == []
    assert server.blob_files() == set()


async def sweep(data: Path) -> list[tuple[bytes, bytes]]:
    """Sweep what is due within an hour; return the records of contents that are left."""
    start, stop = Subspace("contents").range()
    async with open_cloud(load({"data": data})) as cloud:
        later = time.time() + 3600
        await cloud.contents.sweep(later)
        await cloud.contents.sweep_orphans(later)
        return await cloud.store.read(lambda reader: reader.range(start, stop))


def test_blobs_that_nothing_points_at_are_swept_at_the_start(make_server):
    server = make_server()
    server.start()
    server.stop()
    with hold(server.data):
        asyncio.run(leave_orphan(server.data / BLOBS_NAME))
    assert len(server.blob_files()) == 1
    server.start()
    server.wait_until(lambda: not server.blob_files(), "the orphan is swept")


async def leave_orphan(folder: Path) -> None:
    blobs = await DiskBlobs.open(folder)
    async with blobs.create() as writer:
        await writer.write(b"committed, and then the server was killed")
        await writer.commit()
    await blobs.close()
