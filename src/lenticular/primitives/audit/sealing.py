"""The key that seals the chains: Ed25519 (RFC 8032), made on first use, sealed by the vault."""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.vault import Vault

_KEY = Subspace("audit", "key").pack("seal")  # -> the sealed private key, 32 raw bytes
_CONTEXT = "audit seal"


class SealingKey:
    """Signs and verifies with one cloud's key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened = lru_cache(maxsize=2)(self._open)  # by the record's own bytes

    def _open(self, sealed: bytes) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._vault.open(sealed, _CONTEXT))

    def sign(self, tx: Transaction, statement: bytes) -> bytes:
        """Return the signature of a statement. Raises `VaultError` when the key is not ours."""
        sealed = tx.get(_KEY)
        if sealed is None:
            raw = Ed25519PrivateKey.generate().private_bytes_raw()
            sealed = self._vault.seal(raw, _CONTEXT)
            tx.set(_KEY, sealed)
        return self._opened(sealed).sign(statement)

    def holds(self, reader: Reader, statement: bytes, signature: bytes) -> bool:
        """Tell whether a signature is this key's. Raises `VaultError` when the key is not ours."""
        sealed = reader.get(_KEY)
        if sealed is None:
            return False
        try:
            self._opened(sealed).public_key().verify(signature, statement)
        except InvalidSignature:
            return False
        return True

    def exists(self, reader: Reader) -> bool:
        """Tell whether the key has been made."""
        return reader.get(_KEY) is not None
