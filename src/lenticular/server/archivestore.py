"""The folder in which the bytes of archived objects are, and that it is always the same one.

A cloud that was started without it would not find what it archived, and two clouds in one
folder would sweep away each other's blobs. So folder and cloud carry the same id.
"""

from pathlib import Path
from uuid import uuid4

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.server.blobstore import BlobStoreError
from lenticular.server.files import make_folder, replace_file

MARKER_NAME = "cloud"
"""The file in the folder that says whose archive it is."""

_ID = Subspace("blob store").pack("archive")
_CLAIM = Subspace("blob store").pack("archive claimed")
"""The id with which this cloud began to claim a folder: if it ended half-way, that is its own."""


async def settle(store: KeyValueStore, folder: str) -> Path | None:
    """Return the folder of the archive, claimed on first use; None: the cloud has no archive.

    `folder` is what the configuration says, empty for none. Raises `BlobStoreError` unless it
    is the folder of this cloud, and OSError when it cannot be used.
    """
    known = await store.read(lambda reader: reader.get(_ID))
    if not folder:
        if known is not None:
            raise BlobStoreError(
                "objects of this cloud are archived in a folder of their own: set archive_store "
                "to it"
            )
        return None
    path = _path(folder)
    if known is None:
        await _claim(store, path)
    elif _marker_of(path) != known:
        raise BlobStoreError(f"{path} is the archive of another cloud: set archive_store to yours")
    return path


def is_settled(reader: Reader) -> bool:
    """Tell whether the cloud has an archive."""
    return reader.get(_ID) is not None


def forget(tx: Transaction) -> None:
    """Let the cloud have no archive: it is a copy, and that one is the other's."""
    tx.delete(_ID)
    tx.delete(_CLAIM)


def _path(folder: str) -> Path:
    return Path(folder).expanduser().absolute()


async def _claim(store: KeyValueStore, path: Path) -> None:
    """Make a folder the archive of this cloud. What a crash leaves of that is claimed again."""

    def begin(tx: Transaction) -> bytes:
        claim = tx.get(_CLAIM) or uuid4().hex.encode()
        tx.set(_CLAIM, claim)
        return claim

    def end(tx: Transaction) -> None:
        tx.set(_ID, claim)
        tx.delete(_CLAIM)

    claim = await store.transact(begin)
    _mark(path, claim)
    await store.transact(end)


def _mark(path: Path, claim: bytes) -> None:
    if (path / MARKER_NAME).exists() and _marker_of(path) != claim:
        raise BlobStoreError(f"{path} is the archive of another cloud: set archive_store elsewhere")
    make_folder(path)
    replace_file(path / MARKER_NAME, claim)


def _marker_of(path: Path) -> bytes:
    marker = path / MARKER_NAME
    try:
        return marker.read_bytes()
    except FileNotFoundError:
        raise BlobStoreError(
            f"{path} is not the archive of this cloud, or not mounted: {marker} is missing"
        ) from None
