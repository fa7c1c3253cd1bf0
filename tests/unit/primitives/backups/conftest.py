"""A small cloud of two engines, and a repository in a folder."""

import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.files.folder import FolderFiles
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.backups import Repository, Source, back_up, passphrases, tables
from lenticular.primitives.contents import Contents


def nobody(step):
    """Is told of steps."""


class SmallCloud:
    """Keys and contents that can be backed up."""

    def __init__(self, store, blobs, folder: Path) -> None:
        self.contents = Contents(store, blobs, small=4)
        self.store, self.blobs, self.folder = store, blobs, folder
        self.files: dict[str, bytes] = {}

    async def keep(self, data=None):
        """Keep bytes in a blob, pointed at by a content."""

        async def chunks():
            yield os.urandom(3000) if data is None else data

        received = await self.contents.receive(chunks(), ())
        return await self.contents.keep(received, lambda tx: self.contents.attach(tx, received))

    async def release(self, content):
        """Let a content go."""
        await self.store.transact(lambda tx: self.contents.release(tx, content))

    async def fill(self, start=0, stop=2000, word=b"value"):
        """Set many keys."""

        def fill(tx):
            for number in range(start, stop):
                tx.set(b"key %06d" % number, word * (1 + number % 9))

        await self.store.transact(fill)

    def source(self, cloud="first"):
        """Return it as what is backed up."""
        return Source(
            store=self.store,
            blobs=self.blobs,
            cloud=cloud,
            files=self.files,
            secret_files={},
            master_key="0123456789abcdef",
            release="1",
            spool=self.folder,
        )

    async def pairs(self):
        """Return all keys with their values, but for the holds of backups."""
        all_of_them = await self.store.read(lambda reader: reader.range(b"", b"\xff" * 10))
        return [pair for pair in all_of_them if b"\x02hold\x00" not in pair[0]]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Cut tables of tests into several chunks, too, and open passphrases quickly."""
    monkeypatch.setattr(passphrases, "MEMORY", 64)  # or each test would take half a second
    for name, size in (("LEAST", 1024), ("USUAL", 4096), ("MOST", 16384)):
        monkeypatch.setattr(tables, name, size)


@asynccontextmanager
async def small_cloud(folder: Path):
    store, blobs = MemoryStore(), MemoryBlobs()
    yield SmallCloud(store, blobs, folder)
    await blobs.close()
    await store.close()


@pytest.fixture
async def cloud(tmp_path):
    async with small_cloud(tmp_path) as opened:
        yield opened


@pytest.fixture
async def other_cloud(tmp_path):
    async with small_cloud(tmp_path) as opened:
        yield opened


@pytest.fixture
def files(tmp_path):
    return FolderFiles(tmp_path / "repository")


@pytest.fixture
async def repository(files):
    return await Repository.begin(files)


@pytest.fixture
def make_backup(files, cloud):
    """Backs the cloud up as a process of its own would, and returns snapshot and manifest."""

    async def make(source=None, **options):
        repository = await Repository.begin(files)
        return await back_up(repository, source or cloud.source(), nobody, **options)

    return make
