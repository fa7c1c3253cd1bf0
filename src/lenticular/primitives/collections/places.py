"""Places: what an agent must know to reach the files of a collection, for one person."""

import msgspec

from lenticular.engines.connectors.places import Folder, Place, Rule, Store
from lenticular.primitives.collections.lending import Lending
from lenticular.primitives.collections.records import Collection, Origin
from lenticular.primitives.vault import Vault

_ORIGIN: msgspec.json.Decoder[Origin] = msgspec.json.Decoder(Origin)
_MACHINE = Folder("/")
"""Of a machine with an agent of its own: the agent knows its folders, and offers no others."""


class Places:
    """Knows where the files of collections are."""

    def __init__(self, vault: Vault, lending: Lending) -> None:
        self._vault = vault
        self._lending = lending

    def seal(self, collection_id: str, origin: Origin) -> bytes:
        """Return what is remembered of where the files of a collection are."""
        return self._vault.seal(msgspec.json.encode(origin), _context(collection_id))

    async def open(
        self, collection: Collection, host: Collection, rules: tuple[Rule, ...], identity_id: str
    ) -> Place:
        """Return the files of a collection for somebody who may use them by `rules`.

        `host` is the mapped collection on which it is (itself, unless it is a guest). Raises
        `PermissionDenied` where credentials are lent only to users.
        """
        origin = self._origin(host)
        if isinstance(origin, Store) and host.kind == "bucket":
            user_id = _whose(collection, rules, identity_id)
            origin = Store(origin.url, await self._lending.options(user_id))
        prefix = collection.host_path if collection.entity == "guest" else "/"
        return Place(origin, prefix, rules)

    def _origin(self, host: Collection) -> Origin:
        if host.kind == "agent":
            return _MACHINE
        return _ORIGIN.decode(self._vault.open(host.origin, _context(host.collection_id)))


def _whose(collection: Collection, rules: tuple[Rule, ...], identity_id: str) -> str:
    """Return whose rights hold in a bucket; empty: those that S3 gives to anybody.

    Who may write there, or shares it, has rights of their own. Anybody else may only because
    the collection's owner lets them: then it is theirs.
    """
    is_own = collection.entity == "mapped" and any(rule.permission == "rw" for rule in rules)
    return identity_id if is_own else collection.owner_id


def _context(collection_id: str) -> str:
    return f"collection {collection_id}"
