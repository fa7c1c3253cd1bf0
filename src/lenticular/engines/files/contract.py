"""The contract of a place that keeps named files: a folder, a bucket of another store.

A file is written whole and replaced whole, at a path of a few parts with slashes between
them. `lenticular.engines.blobs.remote.Bucket` is such a place, too.
"""

from collections.abc import AsyncIterator
from typing import Protocol


class Files(Protocol):
    """A place of named files.

    Every call may raise `BlobStoreUnavailable` where the place is on another machine, and
    OSError where it is on this one.
    """

    @property
    def name(self) -> str:
        """What people call the place."""

    async def put(self, path: str, data: bytes | bytearray) -> None:
        """Write `data` whole, durably; what was at the path is replaced."""

    async def put_first(self, path: str, data: bytes) -> None:
        """Write `data` as `put` does, unless something is at the path."""

    async def get(self, path: str) -> bytes | None:
        """Return all that is at a path; None when nothing is."""

    async def size(self, path: str) -> int | None:
        """Return how many bytes are at a path, durably; None when nothing is."""

    async def delete(self, *paths: str) -> None:
        """Remove what is at the paths; that nothing is there is as good."""

    def names(self, folder: str) -> AsyncIterator[str]:
        """Iterate over the last parts of the paths below a folder, in no particular order."""
