"""The worker: what is due is done, in pages, and may be interrupted anywhere."""

import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.meters import levels
from lenticular.primitives.objects import Attributes, Lock, ObjectStorage, Pace
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.holdings import holder
from lenticular.primitives.objects.lifecycle import worker
from lenticular.primitives.objects.lifecycle.rules import (
    Expiration,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Transition,
)
from lenticular.primitives.objects.records import GOVERNANCE
from lenticular.testing.values import stream

from .conftest import DAY, START

ONE_DAY = Expiration(days=1)


class WatchedStore(MemoryStore):
    """Counts, and runs something before the next transaction."""

    reads = transactions = 0
    meanwhile = None
    fails_after = None

    async def read(self, fn, *, long=False):
        self.reads += 1
        return await super().read(fn, long=long)

    async def transact(self, fn, *, likely=()):
        self.transactions += 1
        if self.fails_after is not None and self.transactions > self.fails_after:
            raise StoreFailed("the disk is full")
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return await super().transact(fn, likely=likely)


@pytest.fixture
def store():
    return WatchedStore()


async def test_5000_objects_expire_in_pages(place, bucket, rule, put_rules, run, keys):
    for number in range(2500):
        await place(f"keep/{number:05}")
        await place(f"temporary/{number:05}")
    await put_rules(rule(prefix="temporary/", expiration=ONE_DAY))
    assert await run(1) == 0
    assert await run(2) == 2500
    left = await keys()
    assert len(left) == 2500
    assert all(key.startswith("keep/") for key in left)
    assert await run(3) == 0


async def test_a_bucket_without_rules_costs_nothing(store, place, bucket, run):
    await place("key")
    reads, transactions = store.reads, store.transactions
    assert await run(100) == 0
    assert (store.reads - reads, store.transactions - transactions) == (1, 0)


async def test_once_a_day_is_enough(store, place, bucket, rule, put_rules, run, keys):
    await put_rules(rule(expiration=ONE_DAY))
    await place("key")
    await run(1)
    transactions = store.transactions
    assert await run(1.9) == 0
    assert store.transactions == transactions
    assert await run(2) == 1
    assert await keys() == []


async def test_new_rules_count_at_once(place, bucket, rule, put_rules, run, keys):
    await place("key")
    await put_rules(rule(expiration=Expiration(days=50)))
    assert await run(20) == 0
    await put_rules(rule(expiration=Expiration(days=10)))
    assert await run(20.5) == 1


async def test_without_versions_objects_go_and_so_do_their_bytes(
    storage, store, alice, bucket, rule, put_rules, keys
):
    await storage.objects.put(alice, bucket, "key", stream(b"x" * 500), Attributes())
    home = await storage.buckets.find(bucket)
    await put_rules(rule(expiration=Expiration(date=START)))
    assert await storage.lifecycles.worker.run() == 1
    assert await keys() == []
    level = await store.read(lambda reader: levels.find(reader, holder(home)))
    assert level.size == 0


async def test_with_versions_a_marker_hides_what_expires(
    place, versioned, rule, put_rules, run, history
):
    await place("key")
    await put_rules(rule(expiration=ONE_DAY))
    assert await run(2) == 1
    assert await history() == [("key", "", True), ("key", "STANDARD", False)]
    assert await run(50) == 0  # the marker is not alone


async def test_older_versions_go_and_then_the_marker_that_hid_them(
    place, versioned, rule, put_rules, run, history
):
    await place("key")
    await place("key", START + DAY)
    await place("key", START + DAY, marker=True)
    await place("other", marker=True)
    await put_rules(
        rule("a", noncurrent_expiration=NoncurrentExpiration(2)),
        rule("b", "key", expiration=Expiration(markers=True)),
    )
    assert await run(2) == 0
    assert await run(4) == 3
    assert await history() == [("other", "", True)]


async def test_a_lone_marker_ages_like_an_object(place, versioned, rule, put_rules, run, history):
    await place("key", marker=True)
    await put_rules(rule(expiration=Expiration(days=5)), rule("tags", tags=[("a", "b")]))
    assert await run(5) == 0
    assert await run(6) == 1
    assert await history() == []


async def test_the_newest_of_the_older_versions_are_kept(
    place, versioned, rule, put_rules, run, history
):
    for _ in range(10):
        await place("key")
    await put_rules(rule(noncurrent_expiration=NoncurrentExpiration(1, newer=5)))
    assert await run(2) == 4
    assert len(await history()) == 6
    assert await run(3) == 0


async def test_a_version_is_judged_before_its_successor_goes(
    place, versioned, rule, put_rules, run, history
):
    await place("key")
    await place("key", tags={"t": "1"})
    await place("key", START + 10 * DAY)
    await put_rules(
        rule("tagged", tags=[("t", "1")], noncurrent_expiration=NoncurrentExpiration(1)),
        rule("all", noncurrent_expiration=NoncurrentExpiration(5)),
    )
    assert await run(12) == 2  # the oldest is not current since day 0, not since day 10
    assert await history() == [("key", "STANDARD", False)]


async def test_two_rules_over_the_same_objects(place, versioned, rule, put_rules, run, history):
    await place("logs/a", size=200_000)
    await place("logs/a", START + DAY, size=200_000)
    await put_rules(
        rule("all", noncurrent_expiration=NoncurrentExpiration(30)),
        rule(
            "logs",
            "logs/",
            transitions=(Transition("GLACIER", 10),),
            noncurrent_transitions=(NoncurrentTransition("DEEP_ARCHIVE", 5),),
        ),
    )
    assert await run(7) == 1
    assert await history() == [("logs/a", "STANDARD", False), ("logs/a", "DEEP_ARCHIVE", False)]
    assert await run(12) == 1
    assert await history() == [("logs/a", "GLACIER", False), ("logs/a", "DEEP_ARCHIVE", False)]
    assert await run(32) == 1
    assert await history() == [("logs/a", "GLACIER", False)]


async def test_uploads_are_dropped(storage, alice, bucket, rule, put_rules):
    for key in ("a/1", "b/1"):
        upload = await storage.uploads.create(alice, bucket, key, Attributes())
    await storage.uploads.put_part(alice, bucket, "b/1", upload.id, 1, stream(b"part"))
    await put_rules(rule(prefix="a/", abort_days=2))
    begun = upload.initiated / 1000
    assert await storage.lifecycles.worker.run(begun + 86_400) == 0
    assert await storage.lifecycles.worker.run(begun + 4 * 86_400) == 1
    left = await storage.uploads.list(alice, bucket)
    assert [key for key, _ in left.uploads] == ["b/1"]


async def test_what_changed_meanwhile_is_not_touched(
    storage, store, alice, place, bucket, rule, put_rules, run, keys
):
    await place("changed")
    await place("same")
    await put_rules(rule(expiration=ONE_DAY))

    async def meanwhile():
        await place("changed", START + 2 * DAY)

    store.meanwhile = meanwhile
    assert await run(2) == 1
    assert await keys() == ["changed"]


async def test_rules_that_change_meanwhile_count(
    storage, store, alice, place, bucket, rule, put_rules, run, keys
):
    await place("key")
    await put_rules(rule(expiration=ONE_DAY))

    async def meanwhile():
        await put_rules(rule(expiration=Expiration(days=10)))

    store.meanwhile = meanwhile
    assert await run(2) == 0
    assert await run(2) == 0
    assert await keys() == ["key"]
    await storage.lifecycles.delete(alice, bucket)
    assert await run(50) == 0
    assert await keys() == ["key"]


async def test_locked_versions_stay_and_markers_hide_them(
    storage, store, alice, place, versioned, rule, put_rules, run, history
):
    locked = Lock(GOVERNANCE, 2**42)
    await place("key", lock=locked)
    await place("key", lock=locked)
    await place("free")
    await place("free")
    await put_rules(rule(expiration=ONE_DAY, noncurrent_expiration=NoncurrentExpiration(1)))
    assert await run(2) == 3  # one version is removed, two are hidden
    assert [key for key, _, marker in await history() if not marker] == ["free", "key", "key"]


async def test_a_run_goes_on_where_it_was_interrupted(
    store, place, bucket, rule, put_rules, run, keys, monkeypatch
):
    monkeypatch.setattr(worker, "PAGE", 10)
    for number in range(45):
        await place(f"{number:02}")
    await put_rules(rule(expiration=ONE_DAY))
    # The older versions are no rule's business: one step; then the pages of objects.
    store.fails_after = store.transactions + 3
    assert await run(2) == 20
    assert len(await keys()) == 25
    store.fails_after = None
    before = store.transactions
    assert await run(2) == 25
    assert store.transactions - before == 4  # three pages of objects, and the uploads
    assert await keys() == []


async def test_a_run_goes_on_after_a_kill(blobs, alice, rule, tmp_path, monkeypatch):
    """The process ends between two pages; another one opens the same file."""
    monkeypatch.setattr(worker, "PAGE", 10)
    store = await SqliteStore.open(tmp_path / "db")
    storage = ObjectStorage(store, Contents(store, blobs), Pace(day=0.001))
    await storage.buckets.create(alice, "samples", region="us-east-1")
    for number in range(35):
        await storage.objects.put(alice, "samples", f"{number:02}", stream(b"x"), Attributes())
    await storage.lifecycles.put(alice, "samples", Lifecycle((rule(expiration=ONE_DAY),)))
    acting, pages = storage.lifecycles.worker._act, []

    def killed(tx, **arguments):
        pages.append(acting(tx, **arguments))
        if len(pages) == 4:
            raise RuntimeError("killed")
        return pages[-1]

    monkeypatch.setattr(storage.lifecycles.worker, "_act", killed)
    assert await storage.lifecycles.worker.run() == 20
    await store.close()

    store = await SqliteStore.open(tmp_path / "db")
    storage = ObjectStorage(store, Contents(store, blobs), Pace(day=0.001))
    left = (await storage.listings.list(alice, "samples")).objects
    assert len(left) == 15  # two pages went; the third was not committed
    assert await storage.lifecycles.worker.run() == 15
    assert (await storage.listings.list(alice, "samples")).objects == []
    await store.close()


async def test_no_bucket_waits_for_a_large_one(
    storage, store, alice, place, bucket, rule, put_rules, run, keys, monkeypatch
):
    monkeypatch.setattr(worker, "PAGE", 5)
    await storage.buckets.create(alice, "tiny", region="us-east-1")
    for number in range(200):
        await place(f"{number:03}")
    await place("key", bucket="tiny")
    for name in (bucket, "tiny"):
        await put_rules(rule(expiration=ONE_DAY), bucket=name)
    store.fails_after = store.transactions + 6
    await run(2)
    assert await keys("tiny") == []
    assert len(await keys()) > 150


async def test_a_bucket_that_fails_leaves_the_others_alone(
    storage, alice, place, bucket, rule, put_rules, run, keys, monkeypatch, caplog
):
    await storage.buckets.create(alice, "broken", region="us-east-1")
    for name in ("broken", bucket):
        await place("key", bucket=name)
        await put_rules(rule(expiration=ONE_DAY), bucket=name)
    acting = storage.lifecycles.worker._act

    def failing(tx, name, **arguments):
        if name == "broken":
            raise RuntimeError("the record is damaged")
        return acting(tx, name=name, **arguments)

    monkeypatch.setattr(storage.lifecycles.worker, "_act", failing)
    assert await run(2) == 1
    assert (await keys(), await keys("broken")) == ([], ["key"])
    assert "lifecycle of a bucket failed" in caplog.text


async def test_a_new_bucket_of_an_old_name_has_no_rules(
    storage, alice, place, bucket, rule, put_rules, run, keys
):
    await put_rules(rule(expiration=ONE_DAY))
    await storage.buckets.delete(alice, bucket)
    assert await run(1) == 0
    with pytest.raises(BucketNotFound):
        await storage.lifecycles.get(alice, bucket)
    await storage.buckets.create(alice, bucket, region="us-east-1")
    await place("key")
    assert await storage.lifecycles.get(alice, bucket) is None
    assert await run(99) == 0
    assert await keys() == ["key"]
