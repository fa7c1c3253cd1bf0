"""Checksums that come with a body: Content-MD5, Content-Digest and Repr-Digest, and Digest.

RFC 1864; RFC 9530, and RFC 3230, which that one replaces.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

from lenticular.agent.serving.answers import Refusal
from lenticular.engines.connectors.faults import Fault

_ALGORITHMS: Final = {"md5": "md5", "sha": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
_FIELD: Final = re.compile(r"\s*([A-Za-z0-9-]+)=:?([A-Za-z0-9+/]+=*):?\s*")


class Digests:
    """What a body's checksums are to be, and what they are."""

    def __init__(self, headers: Mapping[str, str], names: tuple[str, ...]) -> None:
        """Read those of `headers` that are called `names`. Raises `Refusal` (400)."""
        self._expected: list[tuple[str, bytes]] = []
        for name in names:
            if name in headers:
                self._expected += _read(name, headers[name])
        self._computed = {name: hashlib.new(name) for name, _ in self._expected}

    def __bool__(self) -> bool:
        return bool(self._expected)

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        for digest in self._computed.values():
            digest.update(data)

    def check(self) -> str:
        """Raise `Fault` ``VERIFY_CHECKSUM`` unless they are as expected.

        Returns one of them as `Writer.commit` takes it; empty: none came.
        """
        for name, expected in self._expected:
            computed = self._computed[name].digest()
            if not hmac.compare_digest(computed, expected):
                raise Fault(
                    "VERIFY_CHECKSUM",
                    f"The bytes that came have the {name} {computed.hex()}, and not "
                    f"{expected.hex()} as was said: send them again",
                )
        if not self._expected:
            return ""
        name, expected = self._expected[0]
        return f"{name}:{expected.hex()}"


def _read(name: str, value: str) -> list[tuple[str, bytes]]:
    text = f"md5={value}" if name == "content-md5" else value
    found = []
    for part in text.split(","):
        match = _FIELD.fullmatch(part)
        algorithm = _ALGORITHMS.get(match[1].lower()) if match is not None else None
        if match is None:
            raise Refusal(400, "BadDigest", f"{name} cannot be understood: {value[:100]!r}")
        if algorithm is None:
            continue  # others may be sent beside it, for those who know them
        try:
            digest = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            raise Refusal(400, "BadDigest", f"{name} is no base64: {value[:100]!r}") from None
        if len(digest) != hashlib.new(algorithm).digest_size:
            raise Refusal(400, "BadDigest", f"{name} is too long or short for {match[1]}")
        found.append((algorithm, digest))
    return found
