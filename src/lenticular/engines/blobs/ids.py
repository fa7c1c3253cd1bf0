"""Names of blobs that verify themselves: when it was made, its size and its checksum.

With these in the id, a listing needs no look at the blob, and whether its bytes are
still those that were written can be told without an index that might be lost with them.
"""

import re
import secrets
import time
from dataclasses import dataclass
from typing import Self

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound

CHECKSUM = "crc64nvme"
"""The digest (of `lenticular.engines.blobs.digests`) that an id carries: 30 GB/s, 64 bits."""

_PATTERN = re.compile(r"([0-9a-f]{12})([0-9a-f]{16})-(0|[1-9a-f][0-9a-f]{0,15})-([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class BlobId:
    """What the id of a blob says. `str` gives its text."""

    created_ms: int
    """Milliseconds since the epoch."""
    nonce: int
    """64 random bits that tell blobs with the same bytes of the same millisecond apart."""
    size: int
    """Bytes."""
    checksum: bytes
    """The raw `CHECKSUM` of the bytes."""

    @classmethod
    def new(cls, size: int, checksum: bytes) -> Self:
        """Return the id for a blob made now."""
        return cls(time.time_ns() // 1_000_000, secrets.randbits(64), size, checksum)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id back. Raises `BlobNotFound` for text that no blob can have as its id."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise BlobNotFound(f"no blob has the id {text!r}")
        created_ms, nonce, size, checksum = match.groups()
        return cls(int(created_ms, 16), int(nonce, 16), int(size, 16), bytes.fromhex(checksum))

    @classmethod
    def within(cls, text: str) -> Self:
        """Read the id back that a store of several stores has put a prefix before. As `parse`."""
        match = re.search(rf"{_PATTERN.pattern}$", text)
        return cls.parse(match[0] if match else text)

    def __str__(self) -> str:
        return f"{self.created_ms:012x}{self.nonce:016x}-{self.size:x}-{self.checksum.hex()}"

    def check(self, size: int, checksum: bytes) -> None:
        """Raise `BlobCorrupt` unless bytes of this size and `CHECKSUM` are this blob's."""
        if (size, checksum) != (self.size, self.checksum):
            raise BlobCorrupt(f"the bytes of blob {self} are not those that were written")

    @property
    def created(self) -> float:
        """Seconds since the epoch."""
        return self.created_ms / 1000
