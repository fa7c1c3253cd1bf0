"""Checksums of files: of bytes as they pass, of pieces put together, of a file where it lies.

When nobody asks for an algorithm it is CRC-64/NVME. It finds every error of up to 64 bits in a
row and misses of all others one in 2^64; it runs at the speed of memory (tens of GB/s against
half a GB/s of MD5); and the checksums of two pieces give that of both together. So ranges may
come in any order, over several streams, before and after a restart, and nothing is read twice.
It proves nothing against somebody who wants two files to have the same one: who fears that
gives the SHA-256 that the file must have with the item.
"""

from collections.abc import Iterable
from typing import Final

from awscrt import checksums
from msgspec import Struct

from lenticular.engines.blobs.digests import ALGORITHMS, Digests
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.movers.closing import closing

FAST: Final = "crc64nvme"


class Part(Struct, array_like=True):
    """The bytes of a file from `start` up to `end`, and their CRC-64/NVME."""

    start: int
    end: int
    crc: int = 0

    def add(self, data: bytes | bytearray | memoryview) -> None:
        """Let it grow by what comes next."""
        self.crc = checksums.crc64nvme(data, self.crc)
        self.end += len(data)


def join(parts: Iterable[Part]) -> list[Part]:
    """Return new parts for old ones, in their order, those that touch put together."""
    joined: list[Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        if part.start == part.end:
            continue
        if joined and joined[-1].end == part.start:
            last, length = joined[-1], part.end - part.start
            last.crc = checksums.combine_crc64nvme(last.crc, part.crc, length)
            last.end = part.end
        else:
            joined.append(Part(part.start, part.end, part.crc))
    return joined


def written(crc: int) -> str:
    """Return a CRC-64/NVME as a person reads it: 16 hexadecimal digits."""
    return f"{crc:016x}"


def fast(data: bytes | memoryview) -> str:
    """Return the CRC-64/NVME of bytes, in hexadecimal."""
    return written(checksums.crc64nvme(data))


async def checksum_of(connector: Connector, path: str, algorithm: str) -> str:
    """Return the checksum of a file: told by its place, else of its bytes read from there.

    Raises `Fault`; ``NOT_SUPPORTED`` for an algorithm that nobody here knows.
    """
    if algorithm in connector.traits.checksums:
        try:
            return await connector.checksum(path, algorithm)
        except Fault as fault:
            if fault.code != "NOT_SUPPORTED":
                raise
    if algorithm not in ALGORITHMS:
        known = ", ".join(sorted(ALGORITHMS))
        raise Fault("NOT_SUPPORTED", f"no checksum algorithm {algorithm!r}; there are {known}")
    source = await connector.open_source(path)
    digests = Digests((algorithm,))
    try:
        async with closing(source.read(0, source.entry.size)) as chunks:
            async for chunk in chunks:
                digests.update(chunk)
    finally:
        await source.close()
    return digests.result()[algorithm].hex()
