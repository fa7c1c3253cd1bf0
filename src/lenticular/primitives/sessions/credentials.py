"""Temporary credentials: how they are made, and what their maker is told of them."""

import secrets
import string
from typing import NamedTuple

import msgspec

from lenticular.primitives.identities.records import unique_id
from lenticular.primitives.vault import Vault

PREFIX = "ASIA"
"""How the access key ids of temporary credentials start."""

_SECRET_SIZE = 30
"""Random bytes: 240 bits, 40 characters."""

_TOKEN_SIZE = 48
"""Random bytes: 64 characters."""

_LETTERS = string.ascii_letters + string.digits


class Secrets(NamedTuple):
    """What only the holder of temporary credentials and this cloud know."""

    secret_access_key: str
    session_token: str


class Issued(NamedTuple):
    """Temporary credentials as they are handed out, once."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: int
    """Milliseconds since the epoch."""
    arn: str
    """Of the principal that they stand for."""
    user_id: str
    source_identity: str = ""
    packed_percent: int | None = None
    """How much of the space for session policies and tags is taken."""


def new_key_id() -> str:
    """Return an access key id that nothing else has."""
    return unique_id(PREFIX, 16)


def new_secrets(token_size: int) -> Secrets:
    """Return random secrets; the token has `token_size` characters at least."""
    token = secrets.token_urlsafe(_TOKEN_SIZE)
    padding = "".join(secrets.choice(_LETTERS) for _ in range(token_size - len(token)))
    return Secrets(secrets.token_urlsafe(_SECRET_SIZE), token + padding)


def seal(vault: Vault, access_key_id: str, new: Secrets) -> bytes:
    """Return what is kept of the secrets."""
    return vault.seal(msgspec.msgpack.encode(new), _context(access_key_id))


def unseal(vault: Vault, access_key_id: str, sealed: bytes) -> Secrets:
    """Return the secrets of a session. Raises `VaultError`."""
    opened = vault.open(sealed, _context(access_key_id))
    return msgspec.msgpack.decode(opened, type=Secrets)


def _context(access_key_id: str) -> str:
    return f"session {access_key_id}"
