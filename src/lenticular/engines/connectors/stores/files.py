"""The connector of an object store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import obstore
from obstore.exceptions import InvalidPathError
from obstore.store import ObjectStore

from lenticular.engines.connectors.contract import (
    SMALL_FILE,
    Connector,
    Entry,
    Parcel,
    Source,
    Traits,
    Whole,
    Writer,
)
from lenticular.engines.connectors.digesting import ALGORITHMS, compare, digest_of
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import clean, split
from lenticular.engines.connectors.stores.errors import told
from lenticular.engines.connectors.stores.listing import by_keys, by_pages, entry_of
from lenticular.engines.connectors.stores.s3 import S3Bucket
from lenticular.engines.connectors.stores.writer import StoreWriter
from lenticular.engines.connectors.threads import run

_AT_ONCE: Final = 16
"""Requests for the files of a bundle, or of a folder that gets another name."""
_CHUNK: Final = 256 * 1024

T = TypeVar("T")
R = TypeVar("R")


class StoreFiles(Connector):
    """The files below a prefix of a store."""

    def __init__(self, store: ObjectStore, prefix: str = "", api: S3Bucket | None = None) -> None:
        """Wrap a store of obstore; `api` is the same one, where it is S3."""
        self._store = store
        self._prefix = "".join(f"{name}/" for name in prefix.split("/") if name)
        self._api = api
        self.traits = Traits(
            checksums=frozenset({"crc64nvme"} if api else ()), has_folders=False, bundles=True
        )

    async def stat(self, path: str, *, follow: bool = True) -> Entry:
        names = split(path)
        if names:
            try:
                return await self._head(path)
            except Fault as fault:
                if fault.code != "FILE_NOT_FOUND":
                    raise
            if not await self._is_folder(path):
                raise Fault("FILE_NOT_FOUND", f"{path!r}: no such file or folder")
        return Entry(names[-1] if names else "", "dir")

    async def entries(self, path: str) -> AsyncIterator[Sequence[Entry | Fault]]:
        found = False
        below = self._key(path)
        below = f"{below}/" if below and not below.endswith("/") else below
        with told(path):
            if self._api is None:
                pages = by_keys(self._store, below, path)
            else:
                pages = by_pages(self._api, below, path)
            async for page in pages:
                found = found or bool(page)
                yield page
        if not found and (await self.stat(path)).kind == "file":
            raise Fault("NOT_A_DIRECTORY", f"{path!r} is a file")

    async def open_source(self, path: str) -> Source:
        return _StoreSource(self._store, self._key(path), path, await self._file(path))

    async def open_writer(self, path: str, size: int, *, resume: str = "") -> Writer:
        if resume:
            raise Fault("NOT_SUPPORTED", f"{path!r}: a store cannot go on; it is to begin anew")
        if not split(path):
            raise Fault("IS_A_DIRECTORY", "'/' is a folder")

        async def check(checksum: str) -> Entry:
            return await self._checked(path, checksum)

        return StoreWriter(self._store, self._key(path), path, size, check)

    async def checksum(self, path: str, algorithm: str) -> str:
        if algorithm == "crc64nvme" and self._api is not None:
            with told(path):
                known = await run(self._api.crc64nvme, self._key(path))
            if known is not None:
                return known
        if algorithm not in ALGORITHMS:
            raise Fault("NOT_SUPPORTED", f"no checksum {algorithm!r} of files in a store")
        return await digest_of(await self.open_source(path), algorithm)

    async def make_folder(self, path: str) -> None:
        if split(path) == () or await self._is_folder(path):
            raise Fault("EXISTS", f"{path!r} is there already")
        raise Fault(
            "NOT_SUPPORTED",
            f"{path!r}: a store has no empty folders; one is there as soon as a file is in it",
        )

    async def rename(self, old: str, new: str) -> None:
        source, target = self._key(old), self._key(new)
        if await self._is_there(new):
            raise Fault("EXISTS", f"{new!r} is there already")
        entry = await self.stat(old)
        if entry.kind == "file":
            await self._move(old, source, target)
            return
        if clean(new).startswith(f"{clean(old)}/"):
            raise Fault("INVALID_PATH", f"{new!r} is in {old!r} itself")
        with told(old):
            async for page in obstore.list(self._store, source, chunk_size=_AT_ONCE):
                keys = [found["path"] for found in page]
                moves = [self._move(old, key, target + key[len(source) :]) for key in keys]
                await asyncio.gather(*moves)

    async def remove(self, path: str) -> None:
        entry = await self.stat(path)
        if entry.kind == "dir":
            raise Fault("NOT_EMPTY", f"{path!r} is a folder with files in it")
        with told(path):
            await obstore.delete_async(self._store, self._key(path))

    async def set_modified(self, path: str, modified: float) -> None:
        raise Fault("NOT_SUPPORTED", f"{path!r}: a store keeps no times")

    async def read_many(self, paths: Sequence[str]) -> list[Whole | Fault]:
        """Read files whole (`Bundles`), with one request each."""
        return await _each(self._read_whole, paths)

    async def write_many(self, files: Sequence[Parcel]) -> list[Entry | Fault]:
        """Write files whole (`Bundles`)."""
        return await _each(self._write_whole, files)

    async def close(self) -> None:
        if self._api is not None:
            await run(self._api.close)

    async def _read_whole(self, path: str) -> Whole:
        with told(path):
            found = await obstore.get_async(self._store, self._key(path))
            entry = entry_of(path, found.meta)
            if entry.size > SMALL_FILE:
                raise Fault("FILE_SIZE_CHANGED", f"{path!r} has {entry.size} bytes now")
            return Whole(entry, bytes(await found.bytes_async()))

    async def _write_whole(self, file: Parcel) -> Entry:
        with told(file.path):
            await obstore.put_async(
                self._store, self._key(file.path), file.data, use_multipart=False
            )
        return await self._checked(file.path, file.checksum)

    async def _checked(self, path: str, checksum: str) -> Entry:
        entry = await self._head(path)
        if checksum:
            found = await self.checksum(path, checksum.partition(":")[0])
            compare(path, found, checksum)
        return entry

    async def _move(self, path: str, source: str, target: str) -> None:
        with told(path):
            await obstore.copy_async(self._store, source, target)
            await obstore.delete_async(self._store, source)

    async def _file(self, path: str) -> Entry:
        entry = await self.stat(path)
        if entry.kind == "dir":
            raise Fault("IS_A_DIRECTORY", f"{path!r} is a folder")
        return entry

    async def _head(self, path: str) -> Entry:
        with told(path):
            return entry_of(path, await obstore.head_async(self._store, self._key(path)))

    async def _is_there(self, path: str) -> bool:
        try:
            await self.stat(path)
        except Fault as fault:
            if fault.code != "FILE_NOT_FOUND":
                raise
            return False
        return True

    async def _is_folder(self, path: str) -> bool:
        """Tell whether a key begins with a path and goes on."""
        with told(path):
            try:
                async for page in obstore.list(self._store, self._key(path), chunk_size=1):
                    return bool(page)
            except InvalidPathError:  # a key that no path can name, but there
                return True
        return False

    def _key(self, path: str) -> str:
        return self._prefix + "/".join(split(path))


class _StoreSource(Source):
    """An object, as it was when it was opened: the store is asked for no other one."""

    def __init__(self, store: ObjectStore, key: str, path: str, entry: Entry) -> None:
        self.entry = entry
        self._store = store
        self._key = key
        self._path = path

    async def read(self, start: int, end: int) -> AsyncIterator[bytes | memoryview]:
        if start >= end:
            return
        options: Any = {"range": (start, end)}
        if self.entry.version:
            options["if_match"] = self.entry.version
        with told(self._path):
            found = await obstore.get_async(self._store, self._key, options=options)
            async for data in found.stream(min_chunk_size=_CHUNK):
                start += len(data)
                yield memoryview(data)
        if start != end:
            raise Fault("FILE_SIZE_CHANGED", f"{self._path!r} ends at byte {start}")

    async def close(self) -> None:
        """Nothing is held."""


async def _each(fn: Callable[[T], Awaitable[R]], things: Sequence[T]) -> list[R | Fault]:
    """Do one thing for each, several at once; return what comes of it, in their order."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(thing: T) -> R | Fault:
        async with room:
            try:
                return await fn(thing)
            except Fault as fault:
                return fault

    return await asyncio.gather(*map(one, things))
