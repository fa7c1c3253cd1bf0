"""Backups of a data folder, and data folders out of backups.

A backup is made by a process of its own, beside the server if one runs: it opens the same
store and the same blobs, and takes nothing of the server's time but that of the disk.
"""

import asyncio
import hmac
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec import Struct

import lenticular
from lenticular.engines.blobs.contract import BlobCorrupt, BlobStore, BlobStoreUnavailable
from lenticular.engines.kv.contract import KeyValueStore, StoreFailed, Transaction
from lenticular.primitives.backups import (
    BackupError,
    Damage,
    Manifest,
    Passphrase,
    Report,
    Repository,
    Restoration,
    Snapshot,
    Source,
    back_up,
    is_encrypted,
)
from lenticular.primitives.contents import holds
from lenticular.primitives.vault import KEY_SIZE
from lenticular.server import archivestore, blobstore
from lenticular.server.backupfiles import files_of, secret_files_of, write_files
from lenticular.server.backupplaces import ARCHIVE_NAME, open_files, open_new_blobs
from lenticular.server.blobplaces import open_blobs
from lenticular.server.blobstore import BlobStoreError, Place
from lenticular.server.configuration import Configuration
from lenticular.server.files import replace_file
from lenticular.server.keyvaluestore import DATABASE_NAME, StoreError, open_store
from lenticular.server.masterkey import (
    MASTER_KEY_NAME,
    MasterKeyError,
    fingerprint,
    master_key_of,
)
from lenticular.server.process import LOCK_NAME, hold
from lenticular.server.restoring import (
    MARK_NAME,
    Mark,
    RestorationUnfinished,
    mark,
    mark_of,
    refuse_unfinished,
    unmark,
)

REFUSALS: tuple[type[Exception], ...] = (
    BackupError,
    BlobCorrupt,
    BlobStoreError,
    BlobStoreUnavailable,
    MasterKeyError,
    RestorationUnfinished,
    StoreError,
    StoreFailed,
)
"""What is raised here with a message meant for the owner of the cloud."""

LAST_NAME = "backup.json"
"""The file in the data folder that tells of the last backup."""


class LastBackup(Struct, frozen=True):
    """The last backup that was made of a data folder by this machine."""

    target: str
    snapshot: str
    taken: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a repository is, and how it is opened."""

    place: str
    settings: Path | None
    """The file with which another store is reached."""
    passphrase: Passphrase

    async def open(self) -> Repository:
        """Open the repository. Raises `BackupError` and what its place raises."""
        return await Repository.open(await open_files(self.place, self.settings), self.passphrase)

    async def begin(self, *, encrypt: bool, include_secrets: bool = False) -> Repository:
        """Open the repository, and make it if there is none.

        Raises as `open`, and when secrets would go into a repository that is not encrypted.
        """
        files = await open_files(self.place, self.settings)
        if include_secrets and not encrypt and not await is_encrypted(files):
            raise BackupError(
                f"{self.place} is not encrypted, so secrets do not go there: back up without "
                f"--include-secrets and keep {MASTER_KEY_NAME} elsewhere, or begin a repository "
                f"with --encrypt"
            )
        return await Repository.begin(files, self.passphrase, encrypt=encrypt)


async def make(
    configuration: Configuration,
    configuration_file: Path | None,
    target: Target,
    report: Report,
    *,
    encrypt: bool = False,
    include_secrets: bool = False,
    complete: bool = False,
) -> tuple[Snapshot, Manifest]:
    """Back a data folder up. Raises what is in `REFUSALS`, and OSError."""
    data = configuration.data
    refuse_unfinished(data)
    if not (data / MASTER_KEY_NAME).exists():
        raise BackupError(f"there is no cloud in {data}: name its folder with --data")
    master_key = master_key_of(data, is_new=False)
    repository = await target.begin(encrypt=encrypt, include_secrets=include_secrets)
    async with _engines(configuration) as (store, blobs):
        source = Source(
            store=store,
            blobs=blobs,
            cloud=(await blobstore.place_of(store)).cloud,
            files=files_of(data, configuration_file),
            secret_files=secret_files_of(data) if include_secrets else {},
            master_key=fingerprint(master_key),
            release=lenticular.__version__,
            spool=data,
        )
        snapshot, manifest = await back_up(repository, source, report, complete=complete)
    last = LastBackup(target.place, snapshot.id, manifest.taken)
    replace_file(data / LAST_NAME, msgspec.json.encode(last).decode())
    return snapshot, manifest


def last_of(data: Path) -> LastBackup | None:
    """Return the last backup that this machine made of a data folder."""
    try:
        return msgspec.json.decode((data / LAST_NAME).read_bytes(), type=LastBackup)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restoration."""

    snapshot: Snapshot
    manifest: Manifest
    missing: list[Damage]
    """Blobs that are not there, and why."""
    needs_master_key: bool
    """Whether the owner must put the master key into the folder."""


async def restore(
    target: Target,
    wanted: str,
    data: Path,
    report: Report,
    *,
    master_key: bytes | None = None,
    incomplete: bool = False,
) -> Restored:
    """Make a data folder out of a snapshot. Raises what is in `REFUSALS`, and OSError."""
    repository = await target.open()
    snapshot = await repository.find(wanted)
    manifest = await repository.manifest(snapshot)
    files = {file.path: await repository.get(bytes.fromhex(file.name)) for file in manifest.files}
    if master_key is not None:
        files[MASTER_KEY_NAME] = master_key
    _check_master_key(files.get(MASTER_KEY_NAME), manifest)
    what = Mark(repository.id, snapshot.id)
    _check_folder(data, what)
    with hold(data):
        _begin(data, what)
        store = await open_store(Configuration(data=data))
        try:
            blobs = await open_new_blobs(data)
            try:
                restoration = Restoration(repository, manifest, store, blobs, report)
                missing = await restoration.run(incomplete=incomplete)
            finally:
                await blobs.close()
            archive = await _settle(store, data)
        finally:
            await store.close()
        write_files(data, files, archive)
        await asyncio.to_thread(os.sync)  # blobs that an earlier attempt left are there, too
        unmark(data)
    return Restored(snapshot, manifest, missing, MASTER_KEY_NAME not in files)


@asynccontextmanager
async def _engines(configuration: Configuration) -> AsyncIterator[tuple[KeyValueStore, BlobStore]]:
    """Open what a cloud stands on, beside whoever else has it open."""
    store = await open_store(configuration)
    try:
        blobs = await open_blobs(configuration, store)
        try:
            yield store, blobs
        finally:
            await blobs.close()
    finally:
        await store.close()


def _check_master_key(key: bytes | None, manifest: Manifest) -> None:
    if key is None:
        return
    if len(key) != KEY_SIZE or not hmac.compare_digest(fingerprint(key), manifest.master_key):
        raise BackupError(
            f"this is not the master key of the snapshot, whose fingerprint is "
            f"{manifest.master_key}: give the master.key of the cloud that was backed up"
        )


def _begin(data: Path, what: Mark) -> None:
    """Make a folder ready, which is held."""
    _check_folder(data, what)
    mark(data, what)
    for path in data.glob(f"{DATABASE_NAME}*"):
        path.unlink()


def _check_folder(data: Path, what: Mark) -> None:
    """Raise `BackupError` unless a folder is new, or the same was begun in it before."""
    found = mark_of(data)
    if found is None and (others := sorted(_content(data))):
        raise BackupError(
            f"{data} is not empty ({', '.join(others[:3])}): restore into a new folder"
        )
    if found is not None and found != what:
        raise BackupError(
            f"snapshot {found.snapshot} is being restored into {data}: finish that, or choose "
            f"another folder"
        )


def _content(data: Path) -> set[str]:
    there = {path.name for path in data.iterdir()} if data.exists() else set()
    return there - {LOCK_NAME, MARK_NAME}


async def _settle(store: KeyValueStore, data: Path) -> Path | None:
    """Let the restored cloud be one of its own; return the folder of its archive, if it has one."""

    def settle(tx: Transaction) -> bool:
        has_archive = archivestore.is_settled(tx)
        archivestore.forget(tx)
        blobstore.placing(Place(uuid4().hex))(tx)
        holds.forget_all(tx)
        return has_archive

    folder = data / ARCHIVE_NAME
    if await store.transact(settle):
        return await archivestore.settle(store, str(folder))
    await asyncio.to_thread(shutil.rmtree, folder)
    return None


def age(last: LastBackup) -> float:
    """Return how many seconds ago a backup was taken."""
    return time.time() - last.taken
