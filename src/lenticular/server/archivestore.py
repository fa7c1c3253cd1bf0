"""The folder in which the bytes of archived objects are, and that it is always the same one.

A cloud that was started without it would not find what it archived, and two clouds in one
folder would sweep away each other's blobs. So folder and cloud carry the same id.
"""

from pathlib import Path
from uuid import uuid4

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.server.blobstore import BlobStoreError

MARKER_NAME = "cloud"
"""The file in the folder that says whose archive it is."""

_ID = Subspace("blob store").pack("archive")


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
    path, marker = _claimed(folder, claim=known is None)
    if known is None:
        await store.transact(lambda tx: tx.set(_ID, marker))
    elif marker != known:
        raise BlobStoreError(f"{path} is the archive of another cloud: set archive_store to yours")
    return path


def is_settled(reader: Reader) -> bool:
    """Tell whether the cloud has an archive."""
    return reader.get(_ID) is not None


def forget(tx: Transaction) -> None:
    """Let the cloud have no archive: it is a copy, and that one is the other's."""
    tx.delete(_ID)


def _claimed(folder: str, *, claim: bool) -> tuple[Path, bytes]:
    """Return the folder and the id in it, which is put there to `claim` it."""
    path = Path(folder).expanduser().absolute()
    marker = path / MARKER_NAME
    if not claim and not marker.exists():
        raise BlobStoreError(
            f"{path} is not the archive of this cloud, or not mounted: {marker} is missing"
        )
    if not claim:
        return path, marker.read_bytes()
    if marker.exists():
        raise BlobStoreError(f"{path} is the archive of another cloud: set archive_store elsewhere")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = uuid4().hex.encode()
    marker.write_bytes(made)
    return path, made
