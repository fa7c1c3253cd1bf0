"""Any run of puts, deletes, copies and changes of versioning, against a plain list of versions."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import (
    ENABLED,
    SUSPENDED,
    UNVERSIONED,
    Attributes,
    ObjectStorage,
    Source,
)
from lenticular.testing.values import collect, make_principal, stream

KEYS = st.sampled_from(["a", "a/b", "a/b\x00c", "b", "é", "z/1", "z/2", "z/2/3"])
DATA = st.binary(max_size=60)


@dataclass
class Kept:
    """A version as the model remembers it."""

    version_id: str
    data: bytes | None  # None: a delete marker


@dataclass
class Model:
    versioning: str = UNVERSIONED
    keys: dict[str, list[Kept]] = field(default_factory=dict)  # newest first

    def add(self, key: str, version_id: str, data: bytes | None) -> None:
        versions = self.keys.setdefault(key, [])
        if self.versioning != ENABLED:
            versions[:] = [kept for kept in versions if kept.version_id != "null"]
        versions.insert(0, Kept(version_id, data))

    def remove(self, key: str, version_id: str) -> None:
        versions = self.keys.get(key, [])
        versions[:] = [kept for kept in versions if kept.version_id != version_id]
        if not versions:
            self.keys.pop(key, None)


class Objects(RuleBasedStateMachine):
    """The primitive and the model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.blobs = MemoryBlobs()
        self.contents = Contents(MemoryStore(), self.blobs, small=20, grace=0)
        self.storage = ObjectStorage(self.contents.store, self.contents)
        self.alice = make_principal("alice")
        self.model = Model()
        self.do(self.storage.buckets.create(self.alice, "samples", region="here"))

    def do(self, work):
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.loop.close()

    @rule(key=KEYS, data=DATA)
    def put(self, key, data):
        version = self.do(
            self.storage.objects.put(self.alice, "samples", key, stream(data), Attributes())
        ).version
        assert (version.version_id == "null") == (self.model.versioning != ENABLED)
        self.model.add(key, version.version_id, data)

    @rule(key=KEYS)
    def delete(self, key):
        deleted = self.do(self.storage.deletions.delete(self.alice, "samples", key))
        if self.model.versioning == UNVERSIONED:
            assert deleted.version_id is None
            self.model.remove(key, "null")
        else:
            assert deleted.is_marker
            self.model.add(key, deleted.version_id, None)

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data())
    def delete_version(self, data):
        key = data.draw(st.sampled_from(sorted(self.model.keys)))
        kept = data.draw(st.sampled_from(self.model.keys[key]))
        deleted = self.do(
            self.storage.deletions.delete(self.alice, "samples", key, kept.version_id)
        )
        assert deleted.is_marker == (kept.data is None)
        self.model.remove(key, kept.version_id)

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data(), new_key=KEYS)
    def copy(self, data, new_key):
        key = data.draw(st.sampled_from(sorted(self.model.keys)))
        kept = data.draw(st.sampled_from(self.model.keys[key]))
        if kept.data is None:
            return
        new, _ = self.do(
            self.storage.copies.copy(
                self.alice, Source("samples", key, kept.version_id), "samples", new_key
            )
        )
        self.model.add(new_key, new.version_id, kept.data)

    @rule(versioning=st.sampled_from([ENABLED, SUSPENDED]))
    def set_versioning(self, versioning):
        self.do(
            self.storage.buckets.change(
                self.alice,
                "samples",
                lambda bucket: replace(bucket, versioning=versioning),
                "s3:PutBucketVersioning",
            )
        )
        self.model.versioning = versioning

    @rule()
    def sweep(self):
        self.do(self.contents.sweep(now=2**40))

    @invariant()
    def every_version_is_listed_and_readable(self):
        page = self.do(self.storage.listings.list_versions(self.alice, "samples"))
        expected = [
            (key, kept.version_id, index == 0, kept.data is None)
            for key in sorted(self.model.keys, key=str.encode)
            for index, kept in enumerate(self.model.keys[key])
        ]
        assert [
            (key, listed.version_id, is_latest, listed.is_marker)
            for key, listed, is_latest in page.versions
        ] == expected
        for key, version_id, _, is_marker in expected:
            if not is_marker:
                kept = next(k for k in self.model.keys[key] if k.version_id == version_id)
                found = self.do(self.storage.objects.get(self.alice, "samples", key, version_id))
                assert self.do(collect(self.storage.objects.read(found))) == kept.data
                assert found.data in (None, kept.data)

    @invariant()
    def current_objects_are_listed(self):
        page = self.do(self.storage.listings.list(self.alice, "samples"))
        assert [key for key, _ in page.objects] == [
            key
            for key in sorted(self.model.keys, key=str.encode)
            if self.model.keys[key][0].data is not None
        ]

    @invariant()
    def no_blob_is_lost_or_left(self):
        self.do(self.contents.sweep(now=2**40))
        assert self.do(self.contents.sweep_orphans(2**40)) == 0
        large = {
            kept.data
            for versions in self.model.keys.values()
            for kept in versions
            if kept.data is not None and len(kept.data) > self.contents.small
        }
        assert self.do(self.count_blobs()) >= len(large)
        if not large:
            assert self.do(self.count_blobs()) == 0

    async def count_blobs(self) -> int:
        return len([entry async for entry in self.blobs.list()])


TestObjects = Objects.TestCase
TestObjects.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
