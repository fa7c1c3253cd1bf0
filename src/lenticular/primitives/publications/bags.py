"""Bags: the tag files of BagIt (RFC 8493), by which anybody can verify a dataset for ever.

Manifests can be as long as there are files: they are written as they are read.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Final

from lenticular.primitives.publications.payloads import PAYLOAD
from lenticular.primitives.publications.records import File

ALGORITHMS: Final = ("sha256", "sha512")

DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

Digest = Mapping[str, str]
"""Hexadecimal, by algorithm."""


def info(values: Mapping[str, str]) -> bytes:
    """Return ``bag-info.txt``: each value on one line (RFC 8493, section 2.2.2)."""
    lines = (f"{name}: {' '.join(value.split())}\n" for name, value in values.items() if value)
    return "".join(lines).encode()


def manifest_line(file: File, algorithm: str) -> bytes:
    """Return the line of a payload file (RFC 8493, section 2.1.3)."""
    digest = file.sha256 if algorithm == "sha256" else file.sha512
    return f"{digest.hex()}  {PAYLOAD}{_path(file.path)}\n".encode()


def tag_manifest(digests: Mapping[str, Digest], algorithm: str) -> bytes:
    """Return the manifest of the tag files (RFC 8493, section 2.2.1)."""
    lines = (f"{digests[name][algorithm]}  {_path(name)}\n" for name in sorted(digests))
    return "".join(lines).encode()


def _path(path: str) -> str:
    """Write a path: line ends and percent signs only are encoded."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


class Digested:
    """Bytes that are digested as they pass."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self._running = {name: hashlib.new(name) for name in ALGORITHMS}

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            for digest in self._running.values():
                digest.update(chunk)
            yield chunk

    @property
    def digest(self) -> Digest:
        """What has passed."""
        return {name: digest.hexdigest() for name, digest in self._running.items()}


async def whole(*chunks: bytes) -> AsyncIterator[bytes]:
    """Iterate over bytes that are at hand."""
    for chunk in chunks:
        yield chunk
