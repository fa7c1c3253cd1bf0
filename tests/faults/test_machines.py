"""A cloud of two machines: one is killed under load, and nothing that was acknowledged is lost.

Each machine has a data folder and ports of its own. The keys are in one PostgreSQL, the bytes
in one SeaweedFS. ``FAULTS=long`` kills 20 times.
"""

import asyncio
import json
import os
import time

import httpx
import pytest
from botocore.exceptions import ClientError

from lenticular.server.settings import load
from lenticular.server.wiring import open_cloud
from lenticular.testing.postgresql import running_postgresql

from . import fleet

KILLS = 20 if os.environ.get("FAULTS") == "long" else 2
WRITES = 60 if KILLS > 2 else 25
"""By each writer between two kills."""


@pytest.fixture(scope="module")
def keys():
    """A PostgreSQL of these tests' own: it is stopped."""
    with running_postgresql() as running:
        yield running


@pytest.fixture
def make_machine(make_server, keys, seaweedfs, zygote):
    """Makes machines of one cloud, which do not run yet."""
    schema, place = keys.new_schema(), seaweedfs.new_place()
    settings = {
        "store": keys.url(schema, password=""),
        "blob_store": f"s3://{place}",
        "sweep_interval": 0.5,
    }

    def make(like=None):
        machine = make_server(zygote=zygote)
        machine.data.mkdir(mode=0o700)
        lines = (f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
        (machine.data / "lenticular.toml").write_text("".join(lines))
        keys.write_settings(machine.data)
        seaweedfs.write_settings(machine.data)
        if like is not None:
            join(machine, like)
        return machine

    make.place, make.schema = place, schema
    return make


@pytest.fixture
def machines(make_machine):
    """Two machines that run."""
    first = make_machine()
    first.start()
    second = make_machine(like=first)
    second.start()
    return [first, second]


def join(machine, other):
    """Make a machine one of the other's cloud, as docs/clusters.md says it."""
    key = machine.data / "master.key"
    key.touch(mode=0o600)
    key.write_bytes((other.data / "master.key").read_bytes())


def test_only_the_clouds_own_master_key_lets_a_machine_join(make_machine, keys):
    first = make_machine()
    first.start()
    first.client("s3").create_bucket(Bucket="samples")
    first.stop()
    before = digest(keys, make_machine.schema)
    second = make_machine()
    assert "copy it from another machine of the cloud" in refusal(second)
    assert not (second.data / "master.key").exists()
    (second.data / "master.key").write_bytes(os.urandom(32))
    (second.data / "master.key").chmod(0o600)
    assert "copy master.key from another machine of the cloud" in refusal(second)
    assert digest(keys, make_machine.schema) == before
    join(second, first)
    second.start()
    assert second.session.get_credentials().access_key == first.session.get_credentials().access_key
    assert [each["Name"] for each in second.client("s3").list_buckets()["Buckets"]] == ["samples"]


def refusal(machine):
    """Return what a machine says that does not start."""
    machine.launch()
    assert machine.wait() != 0
    return machine.output()


def digest(keys, schema):
    """Return a digest of everything that a cloud has written."""
    return keys.execute(
        f"SELECT count(*), md5(string_agg(key || value, '' ORDER BY key)) FROM {schema}.pairs"
    )


def test_what_one_machine_does_the_other_shows_at_once(machines):
    one, other = (machine.client("s3") for machine in machines)
    one.create_bucket(Bucket="samples")
    for number in range(10):
        body = b"%d" % number * (fleet.LARGE if number % 2 else 10)
        one.put_object(Bucket="samples", Key="key", Body=body)
        assert other.get_object(Bucket="samples", Key="key")["Body"].read() == body
        one, other = other, one


def test_a_machine_that_is_killed_loses_nothing(machines, seaweedfs, make_machine):
    fleet.create(machines[0])
    writers = [fleet.Writer(machines, number) for number in range(4)]
    assert machines[0].session  # read before the machine may be away
    for writer in writers:
        writer.start()
    for kill in range(KILLS):
        machine = machines[kill % 2]
        let_write(machines[0], writers)
        machine.kill()
        let_write(machines[0], writers)
        machine.start()
    let_write(machines[0], writers)
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join()
        assert writer.failure is None
    assert sum(writer.client.moves for writer in writers) >= KILLS
    for machine in machines:
        fleet.check(machine, writers)
    for machine in machines:
        machine.stop()
    asyncio.run(sweep(machines[0]))
    kept = [key for key in seaweedfs.keys(make_machine.place) if key.startswith("blobs/")]
    assert len(kept) == sum(writer.large() for writer in writers)


async def sweep(machine):
    """Remove all that is due within an hour."""
    async with open_cloud(load({"data": machine.data})) as cloud:
        later = time.time() + 3600
        await cloud.contents.sweep(later)
        await cloud.contents.sweep_orphans(later)


def let_write(machine, writers):
    """Return when each has written for a while."""
    goals = [writer.done + WRITES for writer in writers]
    machine.wait_until(
        lambda: all(
            writer.failure or writer.done >= goal
            for writer, goal in zip(writers, goals, strict=True)
        ),
        "everyone goes on writing",
    )


def test_while_postgresql_is_away_requests_fail_quickly(machines, keys):
    machine = machines[0]
    s3, dynamodb = machine.client("s3"), machine.client("dynamodb")
    s3.create_bucket(Bucket="samples")
    s3.put_object(Bucket="samples", Key="key", Body=b"body")
    keys.stop()
    try:
        for ask in (
            lambda: s3.get_object(Bucket="samples", Key="key"),
            lambda: s3.put_object(Bucket="samples", Key="key", Body=b"other"),
            dynamodb.list_tables,
        ):
            began = time.monotonic()
            with pytest.raises(ClientError) as raised:
                ask()
            assert time.monotonic() - began < 2
            answer = raised.value.response
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert answer["Error"]["Code"] == "ServiceUnavailable"
            assert str(keys.port) not in answer["Error"]["Message"]
        health = httpx.get(f"http://127.0.0.1:{machine.record.port_base}/health", timeout=5)
        assert health.status_code == 503
        told = machine.run("doctor").stdout
        assert "is not available" in told
        assert "docs/clusters.md" in told
    finally:
        keys.start()
    machine.wait_until(lambda: answers(s3), "the cloud is back")
    assert s3.get_object(Bucket="samples", Key="key")["Body"].read() == b"body"
    assert keys.url().split(":")[2].split("@")[0] not in machine.output()


def answers(s3):
    try:
        return s3.list_buckets()
    except ClientError:
        return None
