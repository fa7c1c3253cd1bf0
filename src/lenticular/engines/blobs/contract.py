"""The contract of a store of large immutable bytes.

A blob is written once, as a stream, and is durable when `BlobWriter.commit` returns;
only then may a key that points at it be committed. A blob whose key was never
committed is an orphan: whoever owns the keys finds it with `BlobStore.list` and
deletes it. A new engine implements these two classes and passes
``tests/conformance/blobs``.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


class BlobNotFound(LookupError):
    """There is no blob of this id."""


class BlobCorrupt(RuntimeError):
    """The bytes of a blob are not those that were written (wrong size or checksum)."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A committed blob."""

    id: str
    """Opaque, URL- and file-name-safe, at most 96 characters. It carries what `verify` needs."""
    size: int
    """Bytes."""
    digests: Mapping[str, bytes] = field(default_factory=dict)
    """Raw digest by algorithm name, of those asked for in `BlobStore.create`."""


@dataclass(frozen=True, slots=True)
class BlobEntry:
    """What a listing tells of a blob."""

    id: str
    size: int
    created: float
    """Seconds since the epoch."""


class BlobStoreUnavailable(RuntimeError):
    """The store cannot be reached, or refuses. What was not acknowledged may be tried again.

    The message is for the cloud's owner: it names the place and what was answered there.
    """


class BlobStoreFull(RuntimeError):
    """There is no room for a blob; nothing of it is there."""


class BlobWriter(ABC):
    """A blob being written. As an async context manager it aborts on exit unless committed."""

    @abstractmethod
    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append `data`. The buffer may be reused as soon as this returns."""

    @abstractmethod
    async def commit(self) -> Blob:
        """Make the blob durable and visible, and return it. Ends the writer."""

    @abstractmethod
    async def abort(self) -> None:
        """Throw away what was written. Idempotent; does nothing after `commit`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.abort()


class BlobStore(ABC):
    """An open blob store.

    Every call may raise `BlobStoreUnavailable` where the bytes lie on another machine, and
    OSError where they lie on this one; whatever writes, `BlobStoreFull`.
    """

    @abstractmethod
    def create(self, digests: Collection[str] = ()) -> BlobWriter:
        """Start a blob. `digests` names the digests wanted at commit.

        The names are those of `lenticular.engines.blobs.digests.ALGORITHMS`; another
        raises ValueError. They are computed as the bytes pass.
        """

    @abstractmethod
    def recreate(self, blob_id: str) -> BlobWriter:
        """Start the copy of a blob that another store holds, under the id that it has there.

        At commit it takes the place of what has this id here. `BlobWriter.commit` raises
        `BlobCorrupt` when what was written is not what the id says, and leaves nothing.
        Raises `BlobNotFound` for text that no blob can have as its id.
        """

    @abstractmethod
    def read(self, blob_id: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Iterate over the bytes from `start`, `length` of them (None: to the end).

        Chunks have a size that suits the engine, never above 1 MiB. A range that
        reaches past the end gives what there is. Raises `BlobNotFound` before the
        first chunk when there is no such blob. A read that began is not disturbed by
        `delete`. Raises `BlobCorrupt` rather than give the whole of a blob that is not as
        it was written; the disk engine does so before any such byte, of a range too.
        """

    @abstractmethod
    async def delete(self, blob_id: str) -> bool:
        """Remove a blob; False when there was none. Durable no later than the next commit."""

    @abstractmethod
    def list(self) -> AsyncIterator[BlobEntry]:
        """Iterate over all committed blobs, in no particular order."""

    @abstractmethod
    async def verify(self, blob_id: str) -> int:
        """Read a whole blob against the checksum made when it was written; return its size.

        Raises `BlobNotFound` or `BlobCorrupt`.
        """

    @abstractmethod
    async def sweep(self, older_than: float) -> None:
        """Remove what writers that were neither committed nor aborted left behind.

        Only of those that began before `older_than`, in seconds since the epoch, unless the
        engine can tell otherwise that a writer is gone. One that leaves nothing behind has
        nothing to do.
        """

    @abstractmethod
    async def check(self) -> None:
        """Return when the store answers and takes blobs in.

        Raises `BlobStoreUnavailable` when it does not answer, `BlobStoreFull` when it has no
        room, and OSError when it does not take blobs for another reason.
        """

    @abstractmethod
    async def close(self) -> None:
        """Release everything. Writers still open are aborted. Idempotent."""
