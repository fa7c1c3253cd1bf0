"""Digests of bytes as they pass: the hashes and checksums that the clouds' interfaces name.

All of them release the interpreter lock on large pieces, so that a thread which writes
can digest beside the event loop.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import Protocol

from awscrt import checksums

Buffer = bytes | bytearray | memoryview

ALGORITHMS: Mapping[str, int] = MappingProxyType(
    {
        "md5": 16,
        "sha1": 20,
        "sha256": 32,
        "sha512": 64,
        "crc32": 4,
        "crc32c": 4,
        "crc64nvme": 8,
        "xxhash64": 8,
        "xxhash3": 8,
        "xxhash128": 16,
    }
)
"""The size of the raw digest in bytes, by algorithm name (Amazon S3 User Guide, "Checking
object integrity": the names of its checksum algorithms in lower case, and MD5)."""


_LOCKED = 2047
"""Bytes that hashlib digests without giving the interpreter lock away."""
_SHORT = 4 * _LOCKED
"""Bytes that are digested sooner than the lock comes back from a thread that is busy."""


class Digests:
    """Several running digests of one stream of bytes."""

    __slots__ = ("_running",)

    def __init__(self, names: Collection[str] = ()) -> None:
        """Start the digests of these names; ValueError for one not in `ALGORITHMS`."""
        try:
            self._running = {name: _START[name]() for name in names}
        except KeyError:
            unknown = sorted(set(names) - ALGORITHMS.keys())
            raise ValueError(
                f"no digest algorithm {', '.join(unknown)}; there are {', '.join(ALGORITHMS)}"
            ) from None

    def update(self, data: Buffer) -> None:
        """Let `data` pass. A memoryview must be contiguous."""
        pieces = [data]
        if len(data) <= _SHORT:
            pieces = [data[at : at + _LOCKED] for at in range(0, len(data), _LOCKED)]
        for digest in self._running.values():
            for piece in pieces:
                digest.update(piece)

    def result(self) -> dict[str, bytes]:
        """Return the raw digest (big-endian, as sent in base64) of what has passed, by name."""
        return {name: digest.digest() for name, digest in self._running.items()}


def combine(algorithm: str, first: bytes, second: bytes, second_length: int) -> bytes:
    """Return the CRC of two pieces of data in a row from the raw CRC of each.

    `second_length` is the length in bytes of the second piece. Raises ValueError for an
    algorithm that is not a CRC: only these can be combined (Amazon S3 User Guide,
    "Checking object integrity", full object checksums).
    """
    if algorithm not in _CRCS:
        raise ValueError(f"only {', '.join(_CRCS)} can be combined, not {algorithm}")
    _, join = _CRCS[algorithm]
    value = join(int.from_bytes(first, "big"), int.from_bytes(second, "big"), second_length)
    return value.to_bytes(ALGORITHMS[algorithm], "big")


class _Running(Protocol):
    def update(self, data: Buffer, /) -> None: ...

    def digest(self) -> bytes: ...


class _Finalizing(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def finalize(self) -> bytes: ...


class _Crc:
    __slots__ = ("_compute", "_size", "_value")

    def __init__(self, name: str) -> None:
        self._compute, _ = _CRCS[name]
        self._size = ALGORITHMS[name]
        self._value = 0

    def update(self, data: Buffer, /) -> None:
        self._value = self._compute(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XxHash:
    __slots__ = ("_hash",)

    def __init__(self, name: str) -> None:
        self._hash = _XXHASHES[name]()

    def update(self, data: Buffer, /) -> None:
        self._hash.update(bytes(data))  # it takes nothing else; bytes are not copied

    def digest(self) -> bytes:
        return self._hash.finalize()


_CRCS: dict[str, tuple[Callable[[Buffer, int], int], Callable[[int, int, int], int]]] = {
    "crc32": (checksums.crc32, checksums.combine_crc32),
    "crc32c": (checksums.crc32c, checksums.combine_crc32c),
    "crc64nvme": (checksums.crc64nvme, checksums.combine_crc64nvme),
}
"""For each CRC: the running checksum, and the one that joins two."""

_XXHASHES: dict[str, Callable[[], _Finalizing]] = {
    "xxhash64": checksums.XXHash.new_xxhash64,
    "xxhash3": checksums.XXHash.new_xxhash3_64,
    "xxhash128": checksums.XXHash.new_xxhash3_128,
}


def _starter(name: str) -> Callable[[], _Running]:
    if name in _CRCS:
        return partial(_Crc, name)
    if name in _XXHASHES:
        return partial(_XxHash, name)
    # OpenSSL looks an algorithm up for each new hash; a copy costs half as much.
    return hashlib.new(name, usedforsecurity=False).copy


_START: Mapping[str, Callable[[], _Running]] = {name: _starter(name) for name in ALGORITHMS}
"""What starts the digest of each name."""
