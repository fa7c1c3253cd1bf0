"""What every connector must do when files are read: tests for an engine to inherit.

A test module of an engine derives a class from `ReadingConformance` and supplies the fixture
that it names. Files that can be written too have `conformance_connectors`.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from lenticular.engines.blobs.digests import Digests
from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Fault,
)
from lenticular.engines.connectors.digesting import ALGORITHMS

MIB = 1024 * 1024
OpenConnector = Callable[[], Awaitable[Connector]]
Fill = Callable[[Mapping[str, bytes]], Awaitable[Connector]]

HOSTILE = [
    *("", "a", "../a", "/..", "/../a", "/a/../../b", "/.", "/a/./b", "/a/..", "/a/.."),
    *("/a\0b", "/\0", "/..\0", "/\ud800", "/a/\udcff"),
]
"""What is no path: `INVALID_PATH`, whatever is asked."""

ODD_NAMES = [
    *("with space", " ", "-rf", "~", "~root", "#", "?", "a?b=c", "%41", "%2e%2e", "&amp;", "'\""),
    *("back\\slash", "*", "...", ". .", ".hidden", "CON", "a:b", "\u202e", "\ufeff"),
    *("e\u0301", "\u00e9", "\u65e5\u672c\u8a9e", "\U0001f30d", "a" * 200),
]
NASTY_NAMES = ["new\nline", "\r", "tab\t", "\x1b[31m", "\x7f", "\x01"]
"""What a place can name that keeps bytes as they are; others refuse it as `INVALID_PATH`."""

FILES = {
    "/small": b"hello world",
    "/empty": b"",
    "/folder/inner/deep": b"deep",
    "/folder/one": b"1",
    "/large": bytes(range(256)) * 4096 * 5 + b"end",
}


def coded(code: str) -> "pytest.RaisesExc[Fault]":
    """Expect a fault of this code."""
    return pytest.RaisesExc(Fault, match=f"^{code}:")


def pattern(size: int) -> bytes:
    """Return bytes of which no two stretches are the same."""
    return hashlib.shake_128(b"pattern").digest(size)


async def write_file(connector: Connector, path: str, data: bytes) -> Entry:
    """Write a file whole, its folders before it."""
    if connector.traits.has_folders:
        names = path.split("/")[1:-1]
        for deep in range(len(names)):
            with suppress(Fault):  # it is there
                await connector.make_folder("/" + "/".join(names[: deep + 1]))
    writer = await connector.open_writer(path, len(data))
    await writer.write(0, data)
    return await writer.commit(len(data))


async def read_file(connector: Connector, path: str, start: int = 0, end: int = -1) -> bytes:
    """Return the bytes of a file."""
    source = await connector.open_source(path)
    try:
        stop = source.entry.size if end < 0 else end
        return b"".join([bytes(chunk) async for chunk in source.read(start, stop)])
    finally:
        await source.close()


async def listed(connector: Connector, path: str) -> dict[str, Entry]:
    """Return the entries of a folder by their names, each of which must be there once."""
    found = [each async for page in connector.entries(path) for each in page]
    entries = [each for each in found if isinstance(each, Entry)]
    assert len(entries) == len(found), found
    named = {entry.name: entry for entry in entries}
    assert len(named) == len(entries)
    return named


@asynccontextmanager
async def opened(open_connector: OpenConnector) -> AsyncIterator[Connector]:
    """Open an empty place, and close it."""
    connector = await open_connector()
    try:
        yield connector
    finally:
        await connector.close()


class ReadingConformance:
    """Tests of reading. A subclass supplies ``fill``: it opens a place that has these files."""

    odd_names: Sequence[str] = ODD_NAMES

    @pytest.fixture
    async def filled(self, fill: Fill) -> AsyncIterator[Connector]:
        connector = await fill(FILES)
        yield connector
        await connector.close()

    async def test_what_is_there_is_told(self, filled: Connector) -> None:
        for path, data in FILES.items():
            entry = await filled.stat(path)
            assert (entry.name, entry.kind, entry.size) == (path.split("/")[-1], "file", len(data))
            assert entry.version
        root, folder = await filled.stat("/"), await filled.stat("/folder/inner")
        assert (root.name, root.kind, root.size) == ("", "dir", 0)
        assert (folder.name, folder.kind, folder.size) == ("inner", "dir", 0)

    async def test_a_folder_is_listed(self, filled: Connector) -> None:
        root = await listed(filled, "/")
        kinds = {name: (entry.kind, entry.size) for name, entry in root.items()}
        assert kinds == {
            "small": ("file", 11),
            "empty": ("file", 0),
            "folder": ("dir", 0),
            "large": ("file", len(FILES["/large"])),
        }
        assert set(await listed(filled, "/folder")) == {"inner", "one"}
        assert set(await listed(filled, "/folder/")) == {"inner", "one"}
        assert root["small"].version == (await filled.stat("/small")).version

    async def test_what_is_not_there_is_not_found(self, filled: Connector) -> None:
        for path in ("/nothing", "/folder/nothing", "/nothing/inner", "/smal", "/fold"):
            with coded("FILE_NOT_FOUND"):
                await filled.stat(path)
            with coded("FILE_NOT_FOUND"):
                await filled.open_source(path)
            with coded("FILE_NOT_FOUND"):
                await filled.checksum(path, "md5")
            with coded("FILE_NOT_FOUND"):
                await listed(filled, path)

    async def test_a_folder_is_not_read(self, filled: Connector) -> None:
        for path in ("/", "/folder"):
            with coded("IS_A_DIRECTORY"):
                await filled.open_source(path)

    async def test_any_range_is_read(self, filled: Connector) -> None:
        data, source = FILES["/large"], await filled.open_source("/large")
        edges = [0, 1, 1000, 65_536, MIB - 1, MIB, MIB + 1, 4 * MIB, len(data) - 1, len(data)]
        for start, end in [(a, b) for a in edges for b in edges if a <= b and (a + b) % 3 != 1]:
            chunks = [bytes(chunk) async for chunk in source.read(start, end)]
            assert b"".join(chunks) == data[start:end]
        await source.close()
        assert await read_file(filled, "/empty") == b""

    async def test_many_ranges_are_read_at_once(self, filled: Connector) -> None:
        data, source = FILES["/large"], await filled.open_source("/large")

        async def read(start: int) -> bytes:
            stop = min(start + MIB, len(data))
            return b"".join([bytes(chunk) async for chunk in source.read(start, stop)])

        pieces = await asyncio.gather(*map(read, range(0, len(data), MIB)))
        assert b"".join(pieces) == data
        await source.close()

    async def test_a_file_that_ends_before_is_a_fault(self, filled: Connector) -> None:
        source = await filled.open_source("/small")
        with coded("FILE_SIZE_CHANGED"):
            assert [bytes(chunk) async for chunk in source.read(0, 12)] == []
        await source.close()

    async def test_a_reader_may_stop_early(self, filled: Connector) -> None:
        source = await filled.open_source("/large")
        reading: Any = source.read(0, source.entry.size)
        assert FILES["/large"].startswith(bytes(await anext(reading)))
        await reading.aclose()
        await source.close()

    async def test_checksums_are_those_of_the_bytes(self, filled: Connector) -> None:
        for algorithm in sorted(ALGORITHMS):
            expected = Digests([algorithm])
            expected.update(FILES["/large"])
            found = await filled.checksum("/large", algorithm)
            assert found == expected.result()[algorithm].hex()
        with coded("NOT_SUPPORTED"):
            await filled.checksum("/small", "sha3")

    async def test_what_is_no_path_is_refused(self, filled: Connector) -> None:
        calls: list[Callable[[str], Awaitable[Any]]] = [filled.stat, filled.open_source]
        if filled.traits.is_writable:
            calls += [filled.remove, filled.make_folder]
        for path in HOSTILE:
            for call in calls:
                with coded("INVALID_PATH"):
                    await call(path)
            with coded("INVALID_PATH"):
                await listed(filled, path)

    async def test_odd_names_are_names(self, fill: Fill) -> None:
        files = {f"/odd/{name}": name.encode() for name in self.odd_names}
        connector = await fill(files)
        assert set(await listed(connector, "/odd")) == set(self.odd_names)
        for path, data in files.items():
            assert await read_file(connector, path) == data
        await connector.close()
