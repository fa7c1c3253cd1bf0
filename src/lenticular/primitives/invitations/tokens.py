"""Tokens of invitations: which rule of which collection, signed by the cloud.

Nothing of them is stored, so they can be made again. A token is good as long as its rule is.
"""

import base64
import hashlib
import hmac
import uuid
from typing import NamedTuple

from lenticular.primitives.vault import Vault

LINK = "link"
"""What stands, with a dot, before the token of a link where an agent is shown it."""

_ID = 16
_MAC = 16
"""Bytes: a forger has one chance in 2**128."""


class Named(NamedTuple):
    """What a token is for."""

    collection_id: str
    rule_id: str


class Tokens:
    """Makes and checks tokens."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("links of invitations")

    def make(self, collection_id: str, rule_id: str) -> str:
        """Return the token of a rule, fit for a link."""
        named = uuid.UUID(collection_id).bytes + uuid.UUID(rule_id).bytes
        return base64.urlsafe_b64encode(named + self._mac(named)).decode()

    def read(self, token: str) -> Named | None:
        """Return what a token is for; None: we did not make it."""
        try:
            data = base64.b64decode(token.encode("ascii"), b"-_", validate=True)
        except ValueError:
            return None
        named, mac = data[: 2 * _ID], data[2 * _ID :]
        if len(named) < 2 * _ID or not hmac.compare_digest(mac, self._mac(named)):
            return None
        return Named(str(uuid.UUID(bytes=named[:_ID])), str(uuid.UUID(bytes=named[_ID:])))

    def _mac(self, named: bytes) -> bytes:
        return hmac.digest(self._key, named, hashlib.sha256)[:_MAC]
