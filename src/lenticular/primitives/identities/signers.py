"""What signatures are checked with, remembered for a moment: every request asks for it."""

import time
from collections.abc import Callable
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.keys import LASTING, find_key, open_secret
from lenticular.primitives.identities.principals import Principals
from lenticular.primitives.identities.records import Signer
from lenticular.primitives.identities.store import IdentityStore

REMEMBERED = 1.0
"""Seconds for which what a signature is checked with is remembered: a key that is withdrawn
in another process is refused after that at the latest (in this one, at once)."""

_MOST_REMEMBERED = 10_000

FindSigner = Callable[[Reader, str], Signer | None]
"""Returns the signer of an access key id, or None."""


class _Remembered(NamedTuple):
    """A signer, until when to trust it unasked, and which state of the identities it is of."""

    until: float
    changes: bytes | None
    signer: Signer


class Signers:
    """Finds signers by access key id."""

    def __init__(
        self,
        store: IdentityStore,
        principals: Principals,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._principals = principals
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}
        self._forgotten = 0
        self._finders: dict[str, FindSigner] = {LASTING: self._of_key}
        store.on_change(self.forget)

    def add(self, prefix: str, find: FindSigner) -> None:
        """Let `find` answer for the access key ids that start with four letters (``ASIA``)."""
        self._finders[prefix] = find

    def forget(self) -> None:
        """Look everything up anew: something changed."""
        self._forgotten += 1
        self._remembered.clear()

    async def find(self, access_key_id: str) -> Signer | None:
        """Return what a signature by this key is checked with, or None for an unknown key."""
        known, now = self._remembered.get(access_key_id), self._clock()
        if known is not None and now < known.until:
            return known.signer
        prefix = access_key_id[:4]
        find = self._finders.get(prefix)
        if find is None:
            return None

        def look(reader: Reader) -> tuple[bytes | None, Signer | None]:
            changes = reader.get(spaces.CHANGES)
            # Composing somebody anew costs milliseconds. What a session is depends on the time.
            if known is not None and known.changes == changes and prefix == LASTING:
                return changes, known.signer
            return changes, find(reader, access_key_id)

        forgotten = self._forgotten
        changes, signer = await self._store.read(look)
        # What was read before a change must not be remembered behind it.
        if signer is not None and forgotten == self._forgotten:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[access_key_id] = _Remembered(now + REMEMBERED, changes, signer)
        return signer

    def _of_key(self, reader: Reader, access_key_id: str) -> Signer | None:
        key = find_key(reader, access_key_id)
        if key is None or not key.active:
            return None
        secret = open_secret(self._store.vault, key)
        if not key.user_id:
            principal = self._principals.root(reader, key.account_id, access_key_id)
        else:
            user = USERS.at(reader, key.account_id, key.user_id)
            principal = self._principals.user(reader, user, access_key_id)
        return Signer(access_key_id, secret, principal)
