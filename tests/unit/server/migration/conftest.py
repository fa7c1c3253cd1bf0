"""A cloud with contents of all kinds, and places to which it can move without any server."""

import os
from pathlib import Path

import pytest

from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.engines.kv.keys import pack
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.server import blobplaces, blobstore, keyvaluestore, wiring
from lenticular.server.configuration import Configuration
from lenticular.server.migration import course, migrating

STORE, BLOB_STORE = "postgresql://lab@elsewhere/cloud", "s3://elsewhere/cloud"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def configuration(data):
    return Configuration(data=data)


@pytest.fixture
def moved(configuration):
    """The configuration of the cloud once it has moved."""
    return Configuration(data=configuration.data, store=STORE, blob_store=BLOB_STORE)


@pytest.fixture
def elsewhere(tmp_path):
    return tmp_path / "elsewhere"


@pytest.fixture(autouse=True)
def places(monkeypatch, elsewhere):
    """Lets a folder stand for every store that is not in the data folder."""
    open_store, open_place = keyvaluestore.open_store, blobplaces.open_place
    elsewhere.mkdir()

    async def open_any_store(configuration):
        if configuration.store:
            return await SqliteStore.open(elsewhere / "keys.db")
        return await open_store(configuration)

    async def open_any_place(configuration):
        if not configuration.blob_store:
            return await open_place(configuration)
        blobs = await DiskBlobs.open(elsewhere / "blobs")
        return blobplaces._FolderPlace(blobs, elsewhere / "blobs" / blobplaces.OWNER_NAME)

    async def open_any_blobs(configuration, store):
        place = await blobstore.place_of(store)
        if place.url != configuration.blob_store:
            raise blobstore.BlobStoreError(f"the blobs are in {place.url}")
        return (await open_any_place(configuration)).blobs

    monkeypatch.setattr(keyvaluestore, "open_store", open_any_store)
    monkeypatch.setattr(wiring, "open_store", open_any_store)
    monkeypatch.setattr(wiring, "open_blobs", open_any_blobs)
    for module in (course, migrating):
        monkeypatch.setattr(module, "open_place", open_any_place)


class Contents:
    """What was put into a cloud, to be found again."""

    def __init__(self):
        self.kept = []

    async def put(self, configuration, *sizes):
        """Put contents of these sizes into the cloud, two of the last, and one joined of all."""
        async with wiring.open_cloud(configuration) as cloud:
            await cloud.identities.first_account()
            contents = cloud.contents
            for size in sizes:
                body = os.urandom(size)
                received = await contents.receive(_stream(body), ())
                content = await contents.keep(
                    received, lambda tx, r=received: contents.attach(tx, r)
                )
                self.kept.append((content, body))
            shared = await cloud.store.transact(lambda tx: contents.share(tx, content))
            self.kept.append((shared, body))
            parts = [
                await cloud.store.transact(lambda tx, each=each: contents.share(tx, each))
                for each, _ in self.kept
            ]
            joined = await cloud.store.transact(lambda tx: contents.join(tx, parts, []))
            self.kept.append((joined, b"".join(body for _, body in self.kept)))
            await cloud.store.transact(lambda tx: tx.set(pack("tests", 1), b"value"))

    async def check(self, configuration):
        """Check that all of it is in the cloud, whole."""
        async with wiring.open_cloud(configuration) as cloud:
            for content, body in self.kept:
                chunks = [chunk async for chunk in cloud.contents.read(content)]
                assert b"".join(chunks) == body
            assert await cloud.store.read(lambda r: r.get(pack("tests", 1))) == b"value"
            return [entry.id async for entry in cloud.blobs.list()]


async def _stream(body):
    yield body


@pytest.fixture
async def contents(configuration):
    """A cloud with contents."""
    made = Contents()
    await made.put(configuration, 100, 70_000, 3_000_000)
    return made


@pytest.fixture
def file(data):
    return Path(data / "lenticular.toml")
