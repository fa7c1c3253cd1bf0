"""Setup keys: the text with which a machine becomes an agent, once.

It is ``SECRET@URL``: whoever has it knows where to go with it. A key without a URL is good,
too, for who knows the server.
"""

import secrets
from typing import NamedTuple

LIFE = 7 * 24 * 3600.0
"""Seconds in which a setup key can be used."""

_BYTES = 24


class KeyParts(NamedTuple):
    """What a setup key says."""

    secret: str
    url: str
    """Of the control server; empty: the key does not say."""


def make(url: str) -> str:
    """Return a new setup key for the server at `url` (empty: it does not say where)."""
    secret = secrets.token_hex(_BYTES)
    return f"{secret}@{url}" if url else secret


def split(key: str) -> KeyParts:
    """Return the parts of a setup key."""
    secret, _, url = key.strip().partition("@")
    return KeyParts(secret, url)
