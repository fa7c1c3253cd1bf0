"""A backup: one state of a cloud, and exactly the blobs that it refers to, into a repository."""

import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from msgspec import Struct

from lenticular.engines.blobs.contract import BlobStore
from lenticular.engines.kv.contract import KeyValueStore, Reader, StoreFailed
from lenticular.primitives.backups.copying import BlobCopies
from lenticular.primitives.backups.dumping import Spool, dump
from lenticular.primitives.backups.errors import BackupError, FileDamaged
from lenticular.primitives.backups.flow import in_order
from lenticular.primitives.backups.locks import locked
from lenticular.primitives.backups.records import Manifest, SavedFile, Table
from lenticular.primitives.backups.repository import Repository, Snapshot
from lenticular.primitives.backups.tables import Pair, merged
from lenticular.primitives.contents import HoldExpired, Holds, blobs_in_use

HOLD = 900.0
"""Seconds for which the removal of contents is held up after the last sign of a backup."""

_CHUNKS_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A cloud that is backed up."""

    store: KeyValueStore
    blobs: BlobStore
    cloud: str
    """Names it."""
    files: dict[str, bytes]
    """Small files beside it, by their paths."""
    secret_files: dict[str, bytes]
    """Those that the owner asked for."""
    master_key: str
    """Fingerprint of its master key."""
    release: str
    spool: Path
    """Folder with room for the pairs that the repository has not got yet."""


class Step(Struct, frozen=True):
    """How far a backup, or a restoration, has come."""

    stage: str
    done: int
    total: int
    bytes: int = 0
    """Copied so far."""


Report = Callable[[Step], None]


async def back_up(
    repository: Repository, source: Source, report: Report, *, complete: bool = False
) -> tuple[Snapshot, Manifest]:
    """Add a snapshot of a cloud to a repository.

    With `complete` nothing is taken from the snapshots before: every blob is read, and what
    the repository lost is written again. Raises `BackupError`, and whatever the store, the
    blobs and the repository's place raise.
    """
    async with (
        locked(repository.files, "backup", is_exclusive=False) as lock,
        _holding(source.store) as hold,
    ):
        before = None if complete else await _latest(repository, source.cloud)
        notes = {} if complete else await repository.unfinished()
        with (
            tempfile.TemporaryFile(dir=source.spool) as pairs,
            tempfile.TemporaryFile(dir=source.spool) as ids,
        ):
            report(Step("keys", 0, 0))
            taken = time.time()
            keys, count = await _state(repository, source, before, Spool(pairs), ids)
            await _send(repository, Spool(pairs))
            copies = BlobCopies(repository, source.blobs, source.cloud, uuid4().hex)
            known = _known(
                repository,
                before,
                [note.blobs for note in notes.values() if note.cloud == source.cloud],
            )
            done = sent = 0

            def step(size: int) -> None:
                nonlocal done, sent
                done, sent = done + 1, sent + size
                report(Step("blobs", done, count, sent))

            blobs = await copies.copy(_lines(ids), known, step)
        files = [
            SavedFile(path, (await repository.add(data)).hex(), is_secret)
            for is_secret, several in ((False, source.files), (True, source.secret_files))
            for path, data in several.items()
        ]
        manifest = Manifest(
            cloud=source.cloud,
            taken=taken,
            finished=time.time(),
            release=source.release,
            host=socket.gethostname(),
            keys=keys,
            blobs=blobs.table,
            blob_count=blobs.count,
            blob_bytes=blobs.bytes,
            files=files,
            master_key=source.master_key,
            damages=blobs.damages,
            added_files=repository.added.files,
            added_bytes=repository.added.bytes,
        )
        await hold()
        await lock.check()
        snapshot = await repository.publish(manifest)
        if done_with := [*notes, *copies.notes]:
            await repository.files.delete(*done_with)
    return snapshot, manifest


async def _state(
    repository: Repository, source: Source, before: Manifest | None, pairs: Spool, ids: BinaryIO
) -> tuple[Table, int]:
    """Read one state: its table of keys, and how many blobs it refers to."""
    known = frozenset(before.keys.names) if before else frozenset()

    def read(reader: Reader) -> tuple[Table, int]:
        table = dump(reader, repository.frames.name, known, pairs)
        ids.seek(0)
        ids.truncate()
        count = sum(1 for blob_id in blobs_in_use(reader) if ids.write(blob_id.encode() + b"\n"))
        return table, count

    return await source.store.read(read, long=True)


async def _send(repository: Repository, spool: Spool) -> None:
    """Add what was spooled."""

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in spool.all():
            yield chunk

    async for _ in in_order(chunks(), repository.add, _CHUNKS_AHEAD):
        pass


def _lines(ids: BinaryIO) -> Iterator[str]:
    ids.seek(0)
    for line in ids:
        yield line.decode().rstrip("\n")


async def _latest(repository: Repository, cloud: str) -> Manifest | None:
    """Return the latest snapshot of a cloud that can be read."""
    for snapshot in reversed(await repository.snapshots()):
        with suppress(FileDamaged):
            manifest = await repository.manifest(snapshot)
            if manifest.cloud == cloud:
                return manifest
    return None


def _known(
    repository: Repository, before: Manifest | None, unfinished: list[Table]
) -> AsyncIterator[Pair]:
    """Iterate over the blobs that are in the repository already."""
    tables = [*([before.blobs] if before else []), *unfinished]
    known = repository.pairs(Table())
    for table in tables:
        known = merged(known, repository.pairs(table))
    return known


@asynccontextmanager
async def _holding(store: KeyValueStore) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold up the removal of contents, and see to it that this lasts, in the context.

    Gives what makes sure that it has lasted: it raises `BackupError` when not.
    """
    holds = Holds(store)
    hold_id = await holds.begin(HOLD)

    async def renew() -> None:
        try:
            await holds.renew(hold_id, HOLD)
        except HoldExpired:
            raise BackupError(
                "the backup was stopped for so long that deleted blobs were removed: begin again"
            ) from None

    async def keep_renewing() -> None:
        while True:
            await asyncio.sleep(HOLD / 4)
            with suppress(StoreFailed, BackupError):  # told in the end
                await renew()

    renewing = asyncio.create_task(keep_renewing())
    try:
        yield renew
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await holds.end(hold_id)
