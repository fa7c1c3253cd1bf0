"""Materials: the bytes of keys, sealed by the vault, and opened when they are needed."""

import secrets
from functools import lru_cache
from typing import cast

from cryptography.hazmat.primitives.serialization import load_der_private_key

from lenticular.primitives.keys.errors import CiphertextInvalid
from lenticular.primitives.keys.records import Key, Material
from lenticular.primitives.keys.specs import PrivateKey
from lenticular.primitives.vault import Vault

_REMEMBERED = 1024
"""Materials that a process keeps open."""


class Materials:
    """Seals and opens the materials of keys."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened = lru_cache(maxsize=_REMEMBERED)(vault.open)
        self._loaded = lru_cache(maxsize=_REMEMBERED)(_load)

    def seal(
        self, key_id: str, number: int, secret: bytes, now: int, rotation: str = ""
    ) -> Material:
        """Return the material of a key that has these bytes."""
        sealed = self._vault.seal(secret, _context(key_id, number))
        return Material(number, secrets.token_hex(32), now, sealed, rotation)

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

    def private_key(self, key: Key) -> PrivateKey:
        """Return the private half of an asymmetric key. Raises `VaultError`."""
        return self._loaded(self.open(key))

    def forget(self) -> None:
        """Keep nothing open: a key was destroyed."""
        self._opened.cache_clear()
        self._loaded.cache_clear()


def _load(secret: bytes) -> PrivateKey:
    # It was drawn here, and sealed: to look again whether its primes are some takes milliseconds.
    loaded = load_der_private_key(secret, None, unsafe_skip_rsa_key_validation=True)
    return cast("PrivateKey", loaded)


def _context(key_id: str, number: int) -> str:
    return f"key {key_id} material {number}"
