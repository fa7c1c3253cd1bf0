"""Checksums of files, at the speed of the algorithm."""

import hmac
import os
from typing import Final

from lenticular.engines.blobs.digests import Digests
from lenticular.engines.connectors.contract import Source
from lenticular.engines.connectors.faults import Fault

ALGORITHMS: Final = frozenset({"md5", "sha1", "sha256", "sha512", "crc32", "crc32c", "crc64nvme"})

PIECE: Final = 1024 * 1024
"""Bytes that are read and digested at once: they stay in the processor's cache."""

TURN: Final = 256 * PIECE
"""Bytes after which a thread is given back, so that who does not wait any more stops it."""


class Digest:
    """The checksum of a file, as far as it was read. Its methods block."""

    def __init__(self, algorithm: str) -> None:
        """Begin. Raises `Fault` ``NOT_SUPPORTED`` for an algorithm that there is not."""
        if algorithm not in ALGORITHMS:
            raise _unknown(algorithm)
        self._algorithm = algorithm
        self._digests = Digests([algorithm])
        self._buffer = memoryview(b"")
        self.offset = 0
        """Bytes that are digested."""

    def advance(self, descriptor: int, end: int) -> None:
        """Go on up to `end`, or to the end of the file if that comes before. Raises OSError."""
        if len(self._buffer) < min(PIECE, end - self.offset):  # no more than a small file needs
            self._buffer = memoryview(bytearray(min(PIECE, end - self.offset)))
        while self.offset < end:
            wanted = min(PIECE, end - self.offset)
            size = os.preadv(descriptor, [self._buffer[:wanted]], self.offset)
            if not size:
                return
            self._digests.update(self._buffer[:size])
            self.offset += size

    def result(self) -> str:
        """Return the checksum of what was read, hexadecimal."""
        return self._digests.result()[self._algorithm].hex()


def digest(algorithm: str, data: bytes) -> str:
    """Return the checksum of bytes, hexadecimal. Raises as `Digest` does."""
    if algorithm not in ALGORITHMS:
        raise _unknown(algorithm)
    digests = Digests([algorithm])
    digests.update(data)
    return digests.result()[algorithm].hex()


def compare(path: str, found: str, checksum: str) -> None:
    """Raise `Fault` ``VERIFY_CHECKSUM`` unless `found` is what ``algorithm:hexadecimal`` says."""
    algorithm, _, expected = checksum.partition(":")
    if not hmac.compare_digest(found.lower(), expected.lower()):
        raise Fault(
            "VERIFY_CHECKSUM",
            f"{path!r}: the {algorithm} of what arrived is {found}, it should be {expected}",
        )


async def digest_of(source: Source, algorithm: str) -> str:
    """Return the checksum of an open file, having read it, and close it."""
    digests = Digests([algorithm])
    try:
        async for chunk in source.read(0, source.entry.size):
            digests.update(chunk)
    finally:
        await source.close()
    return digests.result()[algorithm].hex()


def _unknown(algorithm: str) -> Fault:
    known = ", ".join(sorted(ALGORITHMS))
    return Fault("NOT_SUPPORTED", f"no checksum {algorithm!r} here; there are {known}")
