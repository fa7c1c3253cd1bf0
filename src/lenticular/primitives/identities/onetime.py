"""One-time codes of time and a shared seed (RFC 6238: SHA-1, 30 seconds, six digits)."""

import hmac
from collections.abc import Iterable

SEED_SIZE = 20
"""Bytes of a seed (RFC 4226, section 4: as long as the hash)."""

STEP = 30
"""Seconds for which a code is shown."""

_DIGITS = 6


def code_at(seed: bytes, step: int) -> str:
    """Return the code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(seed, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def find_step(seed: bytes, codes: tuple[str, ...], steps: Iterable[int]) -> int | None:
    """Return the first of `steps` from which on the device shows `codes`, or None."""
    found = None
    for step in steps:
        shown = "".join(code_at(seed, step + number) for number in range(len(codes)))
        if hmac.compare_digest(shown.encode(), "".join(codes).encode()) and found is None:
            found = step
    return found
