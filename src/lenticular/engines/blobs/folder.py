"""The folder of a disk blob store: where its files are. Everything here blocks."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from lenticular.engines.blobs.blocks import BlockChecksums, size_of_file
from lenticular.engines.blobs.contract import BlobCorrupt, BlobEntry, BlobNotFound, BlobStoreFull
from lenticular.engines.blobs.directories import DirectorySync, sync_directory
from lenticular.engines.blobs.ids import BlobId
from lenticular.engines.room import Room

FANS = 256
"""Folders over which the files are spread."""
_READ_SIZE = 1024 * 1024


class BlobFolder:
    """An open folder of blobs. Only the owner may look into it."""

    def __init__(self, root: Path) -> None:
        """Make the folder if it is not there, and empty ``incoming/`` if nobody else uses it."""
        self._root = root
        self._incoming = root / "incoming"
        self._directories = DirectorySync()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._prepare()
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.room = Room(root)

    def check(self) -> None:
        """Raise OSError when no blob can be made durable any more, `BlobStoreFull` without room."""
        self._directories.check()
        if self.room.look():
            raise BlobStoreFull(str(self.room))

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self._lock)

    def new_path(self) -> Path:
        """Return where a blob can be written until it is complete."""
        return self._incoming / secrets.token_hex(16)

    def path_of(self, blob_id: str) -> Path:
        """Return where a blob is, or would be; BlobNotFound for text that is no id."""
        named = BlobId.parse(blob_id)
        return self._fan(named.nonce % FANS) / blob_id

    def sync(self, path: Path) -> None:
        """Make durable that a blob is at `path`, and every `delete` before. Raises OSError."""
        self._directories.sync(path.parent)

    def open(self, blob_id: str) -> int:
        """Return a file descriptor to read from; it outlives `delete`. Or raise BlobNotFound."""
        try:
            return os.open(self.path_of(blob_id), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise BlobNotFound(f"no blob has the id {blob_id!r}") from None

    def delete(self, blob_id: str) -> bool:
        """Remove a blob, durably from the next `sync` on; False when there is none."""
        try:
            path = self.path_of(blob_id)
            path.unlink()
        except (BlobNotFound, FileNotFoundError):
            return False
        self._directories.note(path.parent)
        return True

    def entries(self, number: int) -> list[BlobEntry]:
        """Return the blobs of one of the `FANS` folders. A file that is no blob is passed by."""
        found = []
        for path in self._fan(number).iterdir():
            with suppress(BlobNotFound):
                named = BlobId.parse(path.name)
                found.append(BlobEntry(path.name, named.size, named.created))
        return found

    def sweep(self, older_than: float) -> None:
        """Remove from ``incoming/`` what is older and has no writer any more."""
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                if os.fstat(file.fileno()).st_mtime < older_than:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # not while it is written
                    path.unlink()

    def verify(self, blob_id: str) -> int:
        """Read a blob against its checksums, and return its size; or raise BlobCorrupt."""
        named = BlobId.parse(blob_id)
        passed = BlockChecksums()
        size = 0
        descriptor = self.open(blob_id)
        try:
            while data := os.read(descriptor, min(_READ_SIZE, named.size - size)):
                passed.update(data)
                size += len(data)
            behind = os.read(descriptor, size_of_file(size) - size + 1)
        finally:
            os.close(descriptor)
        of_blocks, checksum = passed.result()
        named.check(size, checksum)
        if behind not in (of_blocks, b""):
            raise BlobCorrupt(f"the checksums in the file of blob {blob_id} are wrong")
        return size

    def _prepare(self) -> None:
        for directory in (self._incoming, *map(self._fan, range(FANS))):
            directory.mkdir(mode=0o700, exist_ok=True)
        sync_directory(self._root)
        sync_directory(self._root.parent)
        for leftover in self._incoming.iterdir():
            leftover.unlink()

    def _fan(self, number: int) -> Path:
        return self._root / f"{number:02x}"
