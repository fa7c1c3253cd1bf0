"""The places in which blobs can be, opened: names the engines of blobs, beside `wiring`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lenticular.engines.blobs.contract import BlobStore, BlobStoreUnavailable
from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.engines.blobs.ids import BlobId
from lenticular.engines.blobs.tiered import TieredBlobs, is_archived
from lenticular.engines.kv.contract import KeyValueStore
from lenticular.server import archivestore, blobstore
from lenticular.server.blobstore import BlobStoreError
from lenticular.server.configuration import Configuration
from lenticular.server.files import replace_file

if TYPE_CHECKING:  # imported when it is used: a start without it need not wait
    from lenticular.engines.blobs.remote import Bucket, RemoteBlobs

__all__ = [
    "BLOBS_NAME",
    "BlobPlace",
    "examine_blob_store",
    "is_archived",
    "open_blobs",
    "open_place",
    "size_of",
]

BLOBS_NAME = "blobs"
"""The folder of blobs in the data folder."""

OWNER_NAME = "cloud"
"""The file in that folder that says whose blobs are there, once they came by or left."""

_EXAMINED = 2.0
"""Seconds for which a request to the store of blobs is repeated when it is examined."""


class BlobPlace(Protocol):
    """An open store of blobs that a cloud may move into, or out of."""

    @property
    def blobs(self) -> BlobStore:
        """The blobs."""

    async def claim(self, cloud: str) -> None:
        """Make this the cloud's place, for the first time or again.

        Raises `BlobStoreError` when it holds the blobs of another cloud.
        """

    async def leave(self, cloud: str, to: str) -> None:
        """Note that the cloud has moved: it does not start here until it claims the place."""


async def open_blobs(configuration: Configuration, store: KeyValueStore) -> BlobStore:
    """Open the store in which the blobs of this cloud are, with its archive if it has one."""
    archive = await archivestore.settle(store, configuration.archive_store)
    first = await _open_first_blobs(configuration, store)
    return first if archive is None else TieredBlobs(first, await DiskBlobs.open(archive))


async def _open_first_blobs(configuration: Configuration, store: KeyValueStore) -> BlobStore:
    folder = configuration.data / BLOBS_NAME
    if not configuration.blob_store:
        await blobstore.stay(store, folder if configuration.store else None)
        return await DiskBlobs.open(folder)
    from lenticular.engines.blobs.remote import ForeignStore

    remote = _remote(configuration)
    try:
        await blobstore.join(store, remote, configuration.blob_store, folder)
    except ForeignStore as error:
        raise BlobStoreError(str(error)) from None
    return remote


async def open_place(configuration: Configuration) -> BlobPlace:
    """Open the place that `configuration` names, without asking whose it is."""
    if configuration.blob_store:
        return _RemotePlace(_remote(configuration))
    folder = configuration.data / BLOBS_NAME
    return _FolderPlace(await DiskBlobs.open(folder), folder / OWNER_NAME)


def size_of(blob_id: str) -> int:
    """Return how many bytes a blob has."""
    return BlobId.parse(blob_id).size


async def examine_blob_store(configuration: Configuration) -> str:
    """Return what is wrong with the way to the remote store of blobs; empty: nothing."""
    from lenticular.engines.blobs.remote import RemoteBlobs

    try:
        await RemoteBlobs(_bucket(configuration, _EXAMINED)).check()
    except (BlobStoreError, BlobStoreUnavailable) as error:
        return str(error)
    return ""


def _remote(configuration: Configuration) -> "RemoteBlobs":
    from lenticular.engines.blobs.remote import RemoteBlobs

    return RemoteBlobs(_bucket(configuration, configuration.blob_store_timeout))


def _bucket(configuration: Configuration, patience: float) -> "Bucket":
    from lenticular.engines.blobs.remote import Bucket, SettingsInvalid

    settings, client = blobstore.read_settings(configuration)
    try:
        return Bucket.open(configuration.blob_store, settings, client, patience)
    except SettingsInvalid as error:
        raise BlobStoreError(f"{error}; see {blobstore.SETTINGS_NAME}") from None


@dataclass(frozen=True, slots=True)
class _RemotePlace:
    """A place in another store, whose marker tells whose it is."""

    blobs: "RemoteBlobs"

    async def claim(self, cloud: str) -> None:
        from lenticular.engines.blobs.remote import ForeignStore

        try:
            await self.blobs.join(cloud, begin=True)
        except ForeignStore as error:
            raise BlobStoreError(str(error)) from None

    async def leave(self, cloud: str, to: str) -> None:
        await self.blobs.leave(cloud, to)


@dataclass(frozen=True, slots=True)
class _FolderPlace:
    """The folder in the data folder. That a cloud does not start there is told by its keys."""

    blobs: DiskBlobs
    owner: Path

    async def claim(self, cloud: str) -> None:
        if await asyncio.to_thread(self._known) != cloud and await _has_any(self.blobs):
            raise BlobStoreError(
                f"{self.owner.parent} holds blobs that are not known to be this cloud's: "
                f"move them away"
            )
        await asyncio.to_thread(replace_file, self.owner, cloud)

    async def leave(self, cloud: str, to: str) -> None:
        await asyncio.to_thread(replace_file, self.owner, cloud)

    def _known(self) -> str:
        return self.owner.read_text(encoding="utf-8") if self.owner.exists() else ""


async def _has_any(blobs: BlobStore) -> bool:
    async for _ in blobs.list():
        return True
    return False
