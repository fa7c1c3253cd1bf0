"""The keys that id_tokens are signed with: made here, sealed by the vault, replaced in time.

RFC 7517 and 7518. Keys are RSA, for globus-sdk takes no other, and the current one comes
first in the set, for it looks at the first only. A key that was replaced stays in the set
while something that it signed may still be in use.
"""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth.records import SigningKey, decode, encode
from lenticular.primitives.oauth.spaces import SIGNING
from lenticular.primitives.vault import Vault

ALGORITHM = "RS256"
"""The one that every OpenID Connect client must know (OpenID Connect Core, section 15.1)."""

SIZE = 2048
"""Bits of a key."""

ROTATION = 90 * 24 * 3600
"""Seconds after which a key is replaced."""

KEPT = 7 * 24 * 3600
"""Seconds for which a replaced key stays in the set: longer than any token that it signed."""

REMEMBERED = 60.0
"""Seconds for which another process may go on with a key that was replaced, at most."""

CHANGED = b"signing keys"
"""The topic that is signalled when a key is replaced."""


class SigningKeys:
    """The signing keys of one cloud."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._current: tuple[float, SigningKey, RSAKey] | None = None
        self._making = asyncio.Lock()

    async def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed token (RFC 7519). Raises `VaultError`."""
        record, key = await self._signer()
        header = {"alg": ALGORITHM, "kid": record.key_id, "typ": "JWT"}
        return jwt.encode(header, claims, key)

    async def jwks(self) -> dict[str, Any]:
        """Return the public keys, the current one first."""
        await self._signer()
        records = await self._store.read(_newest_first)
        return {"keys": [record.public for record in records]}

    def forget(self) -> None:
        """Look the current key up anew: another process may have replaced it."""
        self._current = None

    async def rotate(self) -> None:
        """Replace the current key now."""
        async with self._making:
            self._current = None
            await self._make(replacing=True)

    async def maintain(self) -> None:
        """Replace a key that is old enough, and remove those that signed nothing in use."""
        now = self._clock()
        records = await self._store.read(_newest_first)
        if records and now - records[0].created / 1000 > ROTATION:
            await self.rotate()
            records = await self._store.read(_newest_first)
        for newer, older in pairwise(records):
            if now - newer.created / 1000 > KEPT:
                await self._remove(older)

    async def _remove(self, record: SigningKey) -> None:
        key = SIGNING.pack(record.created, record.key_id)
        await self._store.transact(lambda tx: tx.delete(key))

    async def _signer(self) -> tuple[SigningKey, RSAKey]:
        known = self._current
        if known is not None and self._clock() < known[0]:
            return known[1:]
        async with self._making:
            records = await self._store.read(_newest_first)
            record = records[0] if records else await self._make(replacing=False)
            key = known[2] if known is not None and known[1] == record else self._open(record)
            self._current = (self._clock() + REMEMBERED, record, key)
            return record, key

    def _open(self, record: SigningKey) -> RSAKey:
        return RSAKey.import_key(self._vault.open(record.sealed, _context(record.key_id)))

    async def _make(self, *, replacing: bool) -> SigningKey:
        """Make a key; without `replacing` only if no other process has made one meanwhile."""
        key = await asyncio.to_thread(RSAKey.generate_key, SIZE, private=True, auto_kid=True)
        key_id = key.kid
        assert key_id is not None
        public = {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
        record = SigningKey(
            key_id,
            int(self._clock() * 1000),
            self._vault.seal(key.as_der(private=True), _context(key_id)),
            public,
        )

        def write(tx: Transaction) -> SigningKey:
            known = _newest_first(tx)
            if known and not replacing:
                return known[0]
            tx.set(SIGNING.pack(record.created, key_id), encode(record))
            tx.signal(CHANGED)
            return record

        return await self._store.transact(write)


def _newest_first(reader: Reader) -> list[SigningKey]:
    rows = reader.range(*SIGNING.range(), reverse=True)
    return [decode(data, SigningKey) for _, data in rows]


def _context(key_id: str) -> str:
    return f"signing key {key_id}"
