"""Locks of a repository: who adds to it, and who removes from it, are not there at once.

A lock is a file that says until when it holds. It is renewed while its owner lives and expires
when he is killed. Both kinds first write their own lock and then look for others, so of two
that come at once at least one sees the other.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import msgspec
from msgspec import Struct

from lenticular.engines.blobs.contract import BlobStoreUnavailable
from lenticular.engines.files.contract import Files
from lenticular.primitives.backups.errors import RepositoryInUse
from lenticular.primitives.backups.records import stamp

FOLDER = "locks"

LASTS = 600.0
"""Seconds that a lock holds from its last renewal."""

Clock = Callable[[], float]


class _Lock(Struct, frozen=True):
    work: str
    is_exclusive: bool
    host: str
    process: int
    expires: float
    """Seconds since the epoch."""

    def __str__(self) -> str:
        until = stamp(self.expires)
        return f"{self.work} by process {self.process} on {self.host}, whose lock ends at {until}"


class Lock:
    """One's own lock, while it is held."""

    def __init__(self, files: Files, work: str, *, is_exclusive: bool, clock: Clock) -> None:
        self._files = files
        self._path = f"{FOLDER}/{uuid4().hex}"
        self._work = work
        self._is_exclusive = is_exclusive
        self._clock = clock
        self._expires = 0.0

    async def renew(self) -> None:
        """Let the lock hold for `LASTS` from now on."""
        expires = self._clock() + LASTS
        lock = _Lock(self._work, self._is_exclusive, socket.gethostname(), os.getpid(), expires)
        await self._files.put(self._path, msgspec.json.encode(lock))
        self._expires = expires

    async def check(self) -> None:
        """Raise `RepositoryInUse` unless the lock still holds, and will for a while.

        Once it has expired others may have removed what this one counts on.
        """
        held = self._expires - self._clock()
        if held < LASTS / 4 or await self._files.size(self._path) is None:
            raise RepositoryInUse(
                f"the lock on {self._files.name} was not renewed in time: begin again"
            )

    async def release(self) -> None:
        """Let go."""
        await self._files.delete(self._path)

    async def refuse_others(self) -> None:
        """Raise `RepositoryInUse` for a lock that does not go with this one.

        Locks that have expired are removed.
        """
        async for name in self._files.names(FOLDER):
            path = f"{FOLDER}/{name}"
            if path == self._path:
                continue
            other = _read(await self._files.get(path))
            if other is None:
                continue
            if other.expires < self._clock():
                await self._files.delete(path)
            elif self._is_exclusive or other.is_exclusive:
                raise RepositoryInUse(f"{self._files.name} is in use: {other}; try again later")


@asynccontextmanager
async def locked(
    files: Files, work: str, *, is_exclusive: bool, clock: Clock = time.time
) -> AsyncIterator[Lock]:
    """Hold a lock, and renew it, while the context lasts. Raises `RepositoryInUse`."""
    lock = Lock(files, work, is_exclusive=is_exclusive, clock=clock)
    await lock.renew()
    try:
        await lock.refuse_others()
        renewing = asyncio.create_task(_keep_renewing(lock))
        try:
            yield lock
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
    finally:
        await lock.release()


async def _keep_renewing(lock: Lock) -> None:
    while True:
        await asyncio.sleep(LASTS / 4)
        with suppress(OSError, BlobStoreUnavailable):  # `check` tells if it comes too late
            await lock.renew()


def _read(data: bytes | None) -> _Lock | None:
    """Read a lock; None for one that is gone, or was never whole."""
    try:
        return None if data is None else msgspec.json.decode(data, type=_Lock)
    except msgspec.DecodeError:
        return None
