"""The file of a blob on its way in. Everything here blocks; its calls take turns."""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Lock

from lenticular.engines.blobs.blocks import BlockChecksums
from lenticular.engines.blobs.contract import Blob, BlobStoreFull
from lenticular.engines.blobs.digests import Buffer, Digests
from lenticular.engines.blobs.folder import BlobFolder
from lenticular.engines.blobs.ids import BlobId
from lenticular.engines.room import is_full


class IncomingFile:
    """A blob that is being written, on whatever threads there are."""

    def __init__(
        self, folder: BlobFolder, digests: Collection[str], copied: BlobId | None = None
    ) -> None:
        """Begin a blob; one that is `copied` has its id already."""
        self._folder = folder
        self._digests = Digests(digests)
        self._checksums = BlockChecksums()
        self._copied = copied
        self._size = 0
        self._turn = Lock()
        self._path = folder.new_path()
        self._descriptor: int | None = None
        self._discarded = False

    def append(self, data: Buffer) -> None:
        """Write `data` behind what is there. Raises OSError and `BlobStoreFull`."""
        with self._turn, _full_disk_noticed():
            self._append(data)

    def commit(self, data: Buffer) -> Blob:
        """Write the last `data`, and make the blob durable and visible.

        Raises OSError, `BlobStoreFull`, and `BlobCorrupt` where a copy is not what its id says.
        """
        with self._turn, _full_disk_noticed():
            descriptor = self._append(data)
            of_blocks, checksum = self._checksums.result()
            named = self._copied or BlobId.new(self._size, checksum)
            named.check(self._size, checksum)
            _write(descriptor, of_blocks)
            os.fsync(descriptor)
            blob_id = str(named)
            self._path = self._path.rename(self._folder.path_of(blob_id))
            self._folder.sync(self._path)
            self._close()
            return Blob(blob_id, self._size, self._digests.result())

    def discard(self) -> None:
        """Remove what was written, even a blob that `commit` made but nobody heard of."""
        with self._turn:
            self._discarded = True
            self._close()
            self._path.unlink(missing_ok=True)

    def _append(self, data: Buffer) -> int:
        if self._discarded:
            raise RuntimeError("the blob was aborted: create another")
        if self._folder.room.look():
            raise BlobStoreFull(f"{self._folder.room}; the blob is not written")
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)  # tells that its writer lives
        _write(self._descriptor, data)
        self._checksums.update(data)
        self._digests.update(data)
        self._size += len(data)
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def _full_disk_noticed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise BlobStoreFull(f"the blob is not written: {error}") from error
        raise


def _write(descriptor: int, data: Buffer) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
