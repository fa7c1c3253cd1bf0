"""Access logs: nothing lost between memory, store and bucket, and nothing delivered twice."""

import json

import pytest
from msgspec.structs import replace

from lenticular.engines.kv.contract import StoreFailed
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.accesslogs import spool
from lenticular.primitives.objects.accesslogs.logs import AccessLogs
from lenticular.primitives.objects.accesslogs.spool import EVENT_TIME, LOGGING, Logging
from lenticular.primitives.objects.deliveries import BucketRefused
from lenticular.primitives.policies.documents import parse

NOON = 1_800_000_000.0
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::logs/*",
    "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::samples"}},
}
POLICY = parse(
    json.dumps({"Version": "2012-10-17", "Statement": STATEMENT}), "a policy", "resource"
)
TO_LOGS = Logging("logs", "a/")


class Clock:
    now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def home(storage, alice, bucket):
    await storage.buckets.create(alice, "logs", region="us-east-1")
    await storage.buckets.set_policy(alice, "logs", POLICY)
    return await storage.buckets.find(bucket)


@pytest.fixture
def logs(store, storage, clock):
    return AccessLogs(store, storage.objects, clock=clock)


@pytest.fixture
def files(storage, alice):
    async def files():
        page = await storage.listings.list(alice, "logs")
        found = {}
        for key, _ in page.objects:
            got = await storage.objects.get(alice, "logs", key)
            found[key] = b"".join([chunk async for chunk in storage.objects.read(got)])
        return found

    return files


async def test_lines_are_delivered_once_in_their_order(logs, home, files):
    for number in range(3):
        logs.add(home, TO_LOGS, b"%d\n" % number, NOON)
    await logs.deliver()
    logs.add(home, TO_LOGS, b"3\n", NOON)
    await logs.deliver()
    await logs.deliver()
    found = await files()
    assert sorted(found.values()) == [b"0\n1\n2\n", b"3\n"]
    assert all(key.startswith("a/2027-01-15-08-00-00-") for key in found)


async def test_what_was_made_durable_survives_a_restart(store, contents, logs, home, files, clock):
    logs.add(home, TO_LOGS, b"durable\n", NOON)
    await logs.flush()
    logs.add(home, TO_LOGS, b"of the last second\n", NOON)
    storage = ObjectStorage(store, contents)
    await AccessLogs(store, storage.objects, clock=clock).deliver()
    assert list((await files()).values()) == [b"durable\n"]


async def test_a_crash_amid_a_delivery_delivers_the_same_file_again(
    store, logs, home, files, clock, monkeypatch
):
    def crash(tx, uid, done):
        raise RuntimeError("killed")

    logs.add(home, TO_LOGS, b"1\n", NOON)
    with monkeypatch.context() as patched:
        patched.setattr(spool, "finish", crash)
        await logs.deliver()
    before = await files()
    clock.now += 1000
    logs.add(home, TO_LOGS, b"2\n", NOON)
    await logs.deliver()
    after = await files()
    assert len(before) == 1
    assert before.items() <= after.items()
    assert sorted(after.values()) == [b"1\n", b"2\n"]


async def test_what_the_store_does_not_take_stays_in_memory(store, logs, home, files, monkeypatch):
    async def fail(commit):
        raise StoreFailed

    logs.add(home, TO_LOGS, b"1\n", NOON)
    with monkeypatch.context() as patched:
        patched.setattr(store, "transact", fail)
        with pytest.raises(StoreFailed):
            await logs.flush()
    logs.add(home, TO_LOGS, b"2\n", NOON)
    await logs.deliver()
    assert list((await files()).values()) == [b"1\n2\n"]


async def test_lines_go_where_the_setting_said_when_they_came(logs, home, files):
    logs.add(home, TO_LOGS, b"1\n", NOON)
    await logs.flush()
    logs.add(home, Logging("logs", "b/"), b"2\n", NOON)
    await logs.deliver()
    found = {key[0]: lines for key, lines in (await files()).items()}
    assert found == {"a": b"1\n", "b": b"2\n"}


async def test_a_file_by_the_time_of_events_has_one_day(logs, home, files):
    by_day = replace(TO_LOGS, form=EVENT_TIME)
    for days in (0, 1):
        logs.add(home, by_day, b"%d\n" % days, NOON + days * 86_400)
    await logs.deliver()
    folder = f"a/{home.account_id}/us-east-1/samples"
    assert [key.rpartition("-")[0] for key in await files()] == [
        f"{folder}/2027/01/15/2027-01-15-00-00-00",
        f"{folder}/2027/01/16/2027-01-16-00-00-00",
    ]


async def test_large_logs_are_several_chunks_and_files(logs, home, files, monkeypatch):
    monkeypatch.setattr(spool, "LARGEST_FILE", 300_000)
    lines = [b"%0999d\n" % number for number in range(1000)]
    for line in lines:
        logs.add(home, TO_LOGS, line, NOON)
    await logs.deliver()
    found = await files()
    assert len(found) > 2
    assert sorted(b"".join(found.values()).splitlines()) == [line[:-1] for line in lines]


async def test_a_refused_file_is_tried_for_a_day(storage, logs, home, files, clock, alice):
    await storage.buckets.delete_policy(alice, "logs")
    logs.add(home, TO_LOGS, b"1\n", NOON)
    await logs.deliver()
    clock.now += 86_399
    await logs.deliver()
    await storage.buckets.set_policy(alice, "logs", POLICY)
    await logs.deliver()
    assert list((await files()).values()) == [b"1\n"]
    await storage.buckets.delete_policy(alice, "logs")
    logs.add(home, TO_LOGS, b"2\n", NOON)
    await logs.deliver()
    clock.now += 86_401
    await logs.deliver()
    await storage.buckets.set_policy(alice, "logs", POLICY)
    await logs.deliver()
    assert list((await files()).values()) == [b"1\n"]


async def test_a_bucket_that_came_to_be_anothers_gets_nothing(
    storage, logs, home, alice, bob, clock
):
    bob = replace(bob, account_id="999999999999")
    logs.add(home, TO_LOGS, b"1\n", NOON)
    await logs.flush()
    await storage.buckets.delete(alice, "logs")
    await storage.buckets.create(bob, "logs", region="us-east-1")
    await storage.buckets.set_policy(bob, "logs", POLICY)
    await logs.deliver()
    assert not (await storage.listings.list(bob, "logs")).objects


async def test_checking_asks_what_delivering_will(storage, logs, home, alice):
    assert (await logs.check(home, TO_LOGS)).name == "logs"
    with pytest.raises(BucketRefused, match="NoSuchBucket"):
        await logs.check(home, Logging("none"))
    with pytest.raises(BucketRefused, match="AccessDenied"):
        await logs.check(replace(home, name="other"), TO_LOGS)


async def test_what_the_cloud_does_itself_is_noted_where_that_is_wanted(
    store, storage, logs, home, files, alice
):
    await store.transact(lambda tx: spool.note(tx, home, "S3.EXPIRE.OBJECT", "silent"))
    await storage.settings.put(alice, home.name, LOGGING, TO_LOGS, "s3:PutBucketLogging")
    home = await storage.buckets.find(home.name)
    await store.transact(lambda tx: spool.note(tx, home, "S3.EXPIRE.OBJECT", "old key"))
    await logs.deliver()
    [text] = (await files()).values()
    assert text.decode().split(" ")[5] == "AmazonS3"
    assert b"S3.EXPIRE.OBJECT old%20key " in text
