"""The vault: seals what must not lie readable on a disk, under the cloud's master key.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce and, as associated data, the
context the secret belongs to: a sealed secret moved to another record does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
"""Bytes of a master key."""

_NONCE_SIZE = 12
_FORMAT = b"\x01"
"""Opens every sealed secret, so that another cipher or key can follow one day."""


class VaultError(RuntimeError):
    """A sealed secret does not open: another master key, another context, or damaged bytes."""


class Vault:
    """Seals and opens secrets under one master key."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_SIZE:
            raise ValueError(f"a master key has {KEY_SIZE} bytes, not {len(master_key)}")
        self._master_key = master_key
        self._cipher = AESGCM(master_key)

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return `secret` encrypted for `context`."""
        nonce = os.urandom(_NONCE_SIZE)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, secret, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret that was sealed for `context`. Raises `VaultError`."""
        nonce, encrypted = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
        try:
            if sealed[:1] != _FORMAT:
                raise VaultError(f"unknown form {sealed[:1]!r} of a sealed secret")
            return self._cipher.decrypt(nonce, encrypted, context.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                f"the secret of {context} does not open: is this the master key "
                f"that the data folder was made with?"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """Return a key for one purpose: the same in every process, useless for any other.

        HKDF-SHA256 (RFC 5869), `KEY_SIZE` bytes.
        """
        return HKDF(SHA256(), KEY_SIZE, salt=None, info=purpose.encode()).derive(self._master_key)
