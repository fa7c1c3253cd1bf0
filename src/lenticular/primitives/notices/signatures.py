"""How webhooks are signed (https://www.standardwebhooks.com, "Signature scheme").

HMAC-SHA256 over the id, the time of the attempt and the body, so that none of them can be
changed, and an old message is known for old.
"""

import base64
import binascii
import hashlib
import hmac
import os

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a secret."""


def new_secret() -> str:
    """Return a fresh secret, in the form in which receivers are given it."""
    return _PREFIX + base64.b64encode(os.urandom(32)).decode()


def is_secret(text: str) -> bool:
    """Tell whether text is a secret: ``whsec_`` and 24 to 64 bytes in Base64."""
    try:
        return _SHORTEST <= len(_key(text)) <= _LONGEST
    except ValueError:
        return False


def headers(secret: str, notice_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return what a receiver checks: id, time in seconds since the epoch, and signature.

    Raises ValueError for a secret that is none.
    """
    signed = f"{notice_id}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
    }


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a webhook's secret begins with {_PREFIX}")
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook's secret is Base64 behind its prefix") from None
