"""Payloads: the files of a dataset as they came in, read, digested, and kept under lock.

What came in is read once more by the server itself, from its own store, and held against the
checksum that the mover took of the bytes at the source. Only then is anything kept. A kept
object is made of just the version that was read, and shares its bytes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

from lenticular.engines.blobs.digests import ALGORITHMS, Digests
from lenticular.engines.movers.contract import Moved
from lenticular.primitives.objects import (
    ALWAYS,
    GOVERNANCE,
    Attributes,
    Lock,
    ObjectStorage,
    Source,
)
from lenticular.primitives.objects.errors import ObjectNotFound, VersionNotFound
from lenticular.primitives.principals import Principal
from lenticular.primitives.publications.records import File, Repository, Version

RETENTION: Final = 10 * 365 * 24 * 3600 * 1000
"""Milliseconds that published files are retained: ten years, as good scientific practice asks
for. In governance mode: see docs/publishing.md for why it is not compliance mode."""

PAYLOAD: Final = "data/"
"""Where files lie in a bag (RFC 8493, section 2.1.2)."""

_LARGE: Final = 64 * 1024
"""Bytes from which on digests are taken on a thread."""

_AT_ONCE: Final = 4
_PAGE: Final = 500


class PayloadWrong(Exception):
    """What came in is not what was at the source."""


class Payloads:
    """The files of the repository."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    async def verify(
        self, principal: Principal, place: Repository, version: Version, moved: Sequence[Moved]
    ) -> list[File]:
        """Return what came in, each file with its digests. Raises `PayloadWrong`."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(each: Moved) -> File:
            async with gate:
                return await self._verified(principal, place, version, each)

        return list(await asyncio.gather(*map(one, moved)))

    async def _verified(
        self, principal: Principal, place: Repository, version: Version, moved: Moved
    ) -> File:
        key = moved.destination.lstrip("/")
        path = key.removeprefix(version.deposit + PAYLOAD)
        try:
            found = await self._storage.objects.get(principal, place.arrivals, key, load=False)
        except ObjectNotFound:
            raise PayloadWrong(f"{path!r} came in, and is not there any more") from None
        names = {"sha256", "sha512"} | ({moved.algorithm} & ALGORITHMS.keys())
        digests, size = Digests(names), 0
        async for chunk in self._storage.objects.read(found):
            size += len(chunk)
            if len(chunk) >= _LARGE:
                await asyncio.to_thread(digests.update, chunk)
            else:
                digests.update(chunk)
        result = digests.result()
        if size != moved.size:
            raise PayloadWrong(f"{path!r} has {size} bytes, and {moved.size} at the source")
        if moved.algorithm not in result or result[moved.algorithm].hex() != moved.checksum:
            raise PayloadWrong(f"{path!r} has another checksum than at the source")
        return File(path, size, result["sha256"], result["sha512"], found.version.version_id)

    async def keep(
        self, principal: Principal, place: Repository, version: Version, files: Sequence[File]
    ) -> None:
        """Put files that were verified under lock. Raises `PayloadWrong`."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(file: File) -> None:
            async with gate:
                await self._kept(principal, place, version, file)

        await asyncio.gather(*map(one, files))

    async def _kept(
        self, principal: Principal, place: Repository, version: Version, file: File
    ) -> None:
        source = Source(place.arrivals, version.deposit + PAYLOAD + file.path, file.version_id)
        try:
            await self._storage.copies.copy(
                principal,
                source,
                place.bucket,
                version.folder + PAYLOAD + file.path,
                lock=lock(),
            )
        except (VersionNotFound, ObjectNotFound):
            raise PayloadWrong(f"{file.path!r} was removed while it was published") from None

    async def write(
        self, principal: Principal, place: Repository, key: str, body: AsyncIterator[bytes]
    ) -> None:
        """Keep a file of our own under lock."""
        attributes = Attributes(headers={"content-type": _type(key)}, lock=lock())
        await self._storage.objects.put(
            principal, place.bucket, key, body, attributes, digests=("sha256",)
        )

    async def clear(self, principal: Principal, place: Repository, version: Version) -> None:
        """Remove all that came in."""
        await self._remove(principal, place.arrivals, version.folder)

    async def hide(self, principal: Principal, place: Repository, version: Version) -> None:
        """Take what was published out of sight: the locked versions stay below the markers."""
        while True:
            page = await self._storage.listings.list(
                principal, place.bucket, prefix=version.folder, limit=_PAGE
            )
            keys = [(key, None, ALWAYS) for key, _ in page.objects]
            if not keys:
                return
            await self._storage.deletions.delete_many(principal, place.bucket, keys)

    async def erase(self, principal: Principal, place: Repository, version: Version) -> None:
        """Destroy what was published, as a law may demand: it bypasses the retention."""
        await self._remove(principal, place.bucket, version.folder, bypass=True)

    async def _remove(
        self, principal: Principal, bucket: str, prefix: str, *, bypass: bool = False
    ) -> None:
        """Remove all versions of all objects with a prefix."""
        behind: tuple[str, str] | None = None
        while True:
            page = await self._storage.listings.list_versions(
                principal, bucket, prefix=prefix, behind=behind, limit=_PAGE
            )
            keys = [(key, listed.version_id, ALWAYS) for key, listed, _ in page.versions]
            results = await self._storage.deletions.delete_many(
                principal, bucket, keys, bypass=bypass
            )
            for result in results:
                if isinstance(result, Exception):
                    raise result
            if not page.truncated:
                return
            behind = page.last


def lock() -> Lock:
    """Return what keeps a file that is published now."""
    return Lock(GOVERNANCE, int(time.time() * 1000) + RETENTION)


def _type(key: str) -> str:
    return "application/ld+json" if key.endswith(".json") else "text/plain; charset=utf-8"
