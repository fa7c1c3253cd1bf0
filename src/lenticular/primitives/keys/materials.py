"""Materials: the bytes of keys, drawn, sealed by the vault, and opened when they are needed."""

import os
import secrets
from functools import lru_cache

from lenticular.primitives.keys.errors import CiphertextInvalid
from lenticular.primitives.keys.records import Key, Material
from lenticular.primitives.vault import Vault

_REMEMBERED = 1024
"""Materials that a process keeps open."""

SYMMETRIC_SIZE = 32
"""Bytes of the material of a key that encrypts."""


class Materials:
    """Seals and opens the materials of keys."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened = lru_cache(maxsize=_REMEMBERED)(vault.open)

    def seal(
        self, key_id: str, number: int, secret: bytes, now: int, rotation: str = ""
    ) -> Material:
        """Return the material of a key that has these bytes."""
        sealed = self._vault.seal(secret, _context(key_id, number))
        return Material(number, secrets.token_hex(32), now, sealed, rotation)

    def draw(self, key_id: str, number: int, now: int, rotation: str = "") -> Material:
        """Return a new material of a key that encrypts."""
        return self.seal(key_id, number, os.urandom(SYMMETRIC_SIZE), now, rotation)

    def open(self, key: Key, number: int | None = None) -> bytes:
        """Return the bytes of a key's material, by default of the one that counts.

        Raises `CiphertextInvalid` when the key has none of the number, and `VaultError`.
        """
        if number is None:
            material = key.material
        elif 1 <= number <= len(key.materials):
            material = key.materials[number - 1]
        else:
            raise CiphertextInvalid
        return self._opened(material.sealed, _context(key.id, material.number))

    def forget(self) -> None:
        """Keep nothing open: a key was destroyed."""
        self._opened.cache_clear()


def _context(key_id: str, number: int) -> str:
    return f"key {key_id} material {number}"
