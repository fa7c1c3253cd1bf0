"""Locks: any run of locking, deleting and waiting, held against what was promised to be kept."""

import asyncio
from dataclasses import dataclass
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import (
    ALWAYS,
    COMPLIANCE,
    ENABLED,
    GOVERNANCE,
    SUSPENDED,
    Attributes,
    CompletedPart,
    DefaultRetention,
    Lock,
    ObjectStorage,
    Source,
    retention,
)
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.errors import (
    BucketLocked,
    BucketNotEmpty,
    DigestMissing,
    LockNotEnabled,
    LockWithoutVersions,
    ObjectLocked,
    RetentionPassed,
)
from lenticular.testing.values import collect, make_principal, stream

START = 1_700_000_000_000
KEYS = st.sampled_from(["a", "b"])
MODES = st.sampled_from([GOVERNANCE, COMPLIANCE])
TIMES = st.integers(-5, 40).map(lambda days: days * retention.DAY)
REFUSED = (ObjectLocked, RetentionPassed)


@dataclass
class Kept:
    """A version, and what was said of it with success."""

    data: bytes
    mode: str = ""
    until: int = 0
    held: bool = False

    def is_removable(self, now: int, bypass: bool) -> bool:
        retained = bool(self.mode) and self.until > now
        return not self.held and (not retained or (bypass and self.mode == GOVERNANCE))


class LockedVersions(RuleBasedStateMachine):
    """A bucket of locked versions, its root owner doing whatever it can, and time going by."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.clock = patch.object(retention, "now", lambda: self.now)
        self.clock.start()
        self.loop = asyncio.new_event_loop()
        contents = Contents(MemoryStore(), MemoryBlobs(), small=4, grace=0)
        self.contents = contents
        self.storage = ObjectStorage(contents.store, contents)
        self.alice = make_principal("alice")
        self.default: DefaultRetention | None = None
        self.kept: dict[tuple[str, str], Kept] = {}
        self.do(self.storage.buckets.create(self.alice, "samples", region="here", locks=True))

    def do(self, work):
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.clock.stop()
        self.loop.close()

    def remember(self, key, version, data, lock):
        kept = Kept(data)
        if lock is not None and lock.mode:
            kept.mode, kept.until = lock.mode, lock.until
        elif self.default is not None:
            kept.mode = self.default.mode
            kept.until = self.now + self.default.days * retention.DAY
        kept.held = bool(lock and lock.legal_hold)
        self.kept[key, version.version_id] = kept

    def draw(self, data):
        return data.draw(st.sampled_from(sorted(self.kept)))

    @rule(
        key=KEYS,
        data=st.binary(max_size=8),
        mode=MODES,
        time=TIMES,
        retained=st.booleans(),
        held=st.sampled_from([None, False, True]),
    )
    def put(self, key, data, mode, time, retained, held):
        lock = Lock(legal_hold=held)
        if retained:
            lock = Lock(mode, self.now + time, held)
        attributes = Attributes(lock=lock if lock != Lock() else None)
        try:
            version = self.do(
                self.storage.objects.put(
                    self.alice, "samples", key, stream(data), attributes, digests={"md5"}
                )
            ).version
        except RetentionPassed:
            assert retained
            assert time <= 0
            return
        self.remember(key, version, data, attributes.lock)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), new_key=KEYS)
    def copy(self, data, new_key):
        key, version_id = self.draw(data)
        version, _ = self.do(
            self.storage.copies.copy(
                self.alice, Source("samples", key, version_id), "samples", new_key
            )
        )
        self.remember(new_key, version, self.kept[key, version_id].data, None)

    @rule(mode=MODES, days=st.integers(0, 30))
    def set_default(self, mode, days):
        self.default = DefaultRetention(mode, days) if days else None
        self.do(self.storage.locks.set_default(self.alice, "samples", self.default))

    @rule(days=st.integers(1, 30))
    def wait(self, days):
        self.now += days * retention.DAY

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), mode=st.one_of(MODES, st.just("")), time=TIMES, bypass=st.booleans())
    def retain(self, data, mode, time, bypass):
        place = self.draw(data)
        kept, until = self.kept[place], self.now + time if mode else 0
        locks = self.storage.locks
        try:
            self.do(locks.retain(self.alice, "samples", *place, mode, until, bypass=bypass))
        except REFUSED:
            return
        if kept.mode and kept.until > self.now:
            longer = mode == kept.mode and until >= kept.until
            assert longer or (bypass and kept.mode == GOVERNANCE)
        assert not mode or until > self.now
        kept.mode, kept.until = mode, until

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), on=st.booleans())
    def hold(self, data, on):
        place = self.draw(data)
        self.do(self.storage.locks.hold(self.alice, "samples", *place, on=on))
        self.kept[place].held = on

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), bypass=st.booleans(), many=st.booleans())
    def delete(self, data, bypass, many):
        place = self.draw(data)
        expected = self.kept[place].is_removable(self.now, bypass)
        deletions = self.storage.deletions
        if many:
            [result] = self.do(
                deletions.delete_many(self.alice, "samples", [(*place, ALWAYS)], bypass=bypass)
            )
            removed = not isinstance(result, ObjectLocked)
        else:
            try:
                self.do(deletions.delete(self.alice, "samples", *place, bypass=bypass))
                removed = True
            except ObjectLocked:
                removed = False
        assert removed == expected
        if removed:
            del self.kept[place]

    @rule(key=KEYS)
    def mark(self, key):
        assert self.do(self.storage.deletions.delete(self.alice, "samples", key)).is_marker

    @rule()
    def delete_bucket(self):
        try:
            self.do(self.storage.buckets.delete(self.alice, "samples"))
        except BucketNotEmpty:
            return
        assert not self.kept
        self.default = None
        self.do(self.storage.buckets.create(self.alice, "samples", region="here", locks=True))

    @rule()
    def undo_the_bucket(self):
        for undone in ({"versioning": SUSPENDED}, {"versioning": ""}, {"lock": None}):
            with pytest.raises(BucketLocked):
                self.do(
                    self.storage.buckets.change(
                        self.alice,
                        "samples",
                        lambda bucket, undone=undone: replace(bucket, **undone),
                        "s3:PutBucketVersioning",
                    )
                )

    @invariant()
    def nothing_protected_is_gone(self):
        self.do(self.contents.sweep(now=2**40))
        for (key, version_id), kept in self.kept.items():
            found = self.do(self.storage.objects.get(self.alice, "samples", key, version_id))
            assert self.do(collect(self.storage.objects.read(found))) == kept.data
            lock = found.version.lock or Lock()
            assert (lock.mode, lock.until) == (kept.mode, kept.until)
            assert bool(lock.legal_hold) == kept.held


TestLockedVersions = LockedVersions.TestCase
TestLockedVersions.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)


@pytest.fixture
def clock(monkeypatch):
    """The time that retention goes by: a list of one number."""
    time = [START]
    monkeypatch.setattr(retention, "now", lambda: time[0])
    return time


@pytest.fixture
async def locked(storage, alice, clock):
    await storage.buckets.create(alice, "archive", region="here", locks=True)
    return "archive"


async def put(storage, principal, bucket, lock=None, digests=("md5",)):
    stored = await storage.objects.put(
        principal, bucket, "k", stream(b"data"), Attributes(lock=lock), digests=digests
    )
    return stored.version


async def test_a_clock_that_is_set_back_frees_nothing(storage, alice, locked, clock):
    until = START + retention.DAY
    kept = await put(storage, alice, locked, Lock(GOVERNANCE, until))
    clock[0] -= 365 * retention.DAY
    with pytest.raises(ObjectLocked):
        await storage.deletions.delete(alice, locked, "k", kept.version_id)
    with pytest.raises(ObjectLocked):
        await storage.locks.retain(alice, locked, "k", None, GOVERNANCE, until - 1)
    clock[0] = until
    await storage.deletions.delete(alice, locked, "k", kept.version_id)


async def test_a_version_of_before_the_lock_can_be_locked(storage, alice, bucket, clock):
    old = await put(storage, alice, bucket)
    with pytest.raises(LockNotEnabled):
        await storage.locks.hold(alice, bucket, "k", None, on=True)
    with pytest.raises(LockWithoutVersions):
        await storage.locks.set_default(alice, bucket, None)
    await storage.buckets.change(
        alice, bucket, lambda found: replace(found, versioning=ENABLED), "s3:PutBucketVersioning"
    )
    await storage.locks.set_default(alice, bucket, None)
    await storage.locks.hold(alice, bucket, "k", old.version_id, on=True)
    await put(storage, alice, bucket)
    with pytest.raises(ObjectLocked):
        await storage.deletions.delete(alice, bucket, "k", old.version_id)
    found = await storage.objects.get(alice, bucket, "k", old.version_id)
    assert found.version.lock == Lock(legal_hold=True)


async def test_a_version_that_is_overwritten_in_place_is_protected_too(
    storage, alice, bucket, store
):
    # No interface leads here: a lock keeps versioning enabled. The record itself is changed.
    old = await put(storage, alice, bucket)
    versions = storage.deletions._versions

    def lock(tx):
        home = find_bucket(tx, bucket)
        place = versions.find(tx, home, "k", None)
        versions.replace(tx, place, replace(old, lock=Lock(legal_hold=True)))

    await store.transact(lock)
    with pytest.raises(ObjectLocked):
        await put(storage, alice, bucket)
    with pytest.raises(ObjectLocked):
        await storage.deletions.delete(alice, bucket, "k")


async def test_an_upload_keeps_its_lock_and_the_default_counts_from_its_end(
    storage, alice, locked, clock
):
    async def complete(lock):
        upload = await storage.uploads.create(alice, locked, "k", Attributes(lock=lock))
        part = await storage.uploads.put_part(alice, locked, "k", upload.id, 1, stream(b"data"))
        clock[0] += retention.DAY
        return await storage.uploads.complete(
            alice, locked, "k", upload.id, [CompletedPart(1, part.etag)]
        )

    asked = Lock(COMPLIANCE, START + 9 * retention.DAY, True)
    assert (await complete(asked)).lock == asked
    await storage.locks.set_default(alice, locked, DefaultRetention(GOVERNANCE, years=1))
    assert (await complete(None)).lock == Lock(GOVERNANCE, clock[0] + retention.YEAR)
    clock[0] += 1
    held = await complete(Lock(legal_hold=True))
    assert held.lock == Lock(GOVERNANCE, clock[0] + 999 + retention.YEAR, True)


async def test_what_will_be_locked_needs_a_digest(storage, alice, locked):
    await put(storage, alice, locked, digests=())
    with pytest.raises(DigestMissing):
        await put(storage, alice, locked, Lock(legal_hold=True), digests=())
    await storage.locks.set_default(alice, locked, DefaultRetention(GOVERNANCE, 1))
    with pytest.raises(DigestMissing):
        await put(storage, alice, locked, digests=())
    assert (await put(storage, alice, locked)).lock is not None


@pytest.mark.parametrize(
    ("lock", "days"), [(retention.DAY, "1"), (retention.DAY + 1, "2"), (1, "1"), (-1, "0")]
)
def test_remaining_days_for_policies(lock, days):
    keys = retention.lock_keys(Lock(GOVERNANCE, START + lock), START)
    assert keys["s3:object-lock-remaining-retention-days"] == days
    assert keys["s3:object-lock-mode"] == GOVERNANCE
    assert "s3:object-lock-legal-hold" not in keys
