"""Collections: files of any place under one id, and who may do what with them."""

from collections.abc import Sequence
from typing import Final

from lenticular.engines.connectors.places import Place, Rule
from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.collections import records
from lenticular.primitives.collections.errors import CollectionNotFound
from lenticular.primitives.collections.records import BUILT_IN, Collection, RoleName
from lenticular.primitives.groups import Groups
from lenticular.primitives.oauth import AuthorizationServer
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.people import People
from lenticular.primitives.sessions import Sessions
from lenticular.primitives.vault import Vault

NO_RULES: Final[tuple[Rule, ...]] = ()


class Collections:
    """The collections of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        people: People,
        groups: Groups,
        oauth: AuthorizationServer,
        sessions: Sessions,
    ) -> None:
        self._store = store
        self._vault = vault
        self._people = people
        self._groups = groups
        self._oauth = oauth
        self._sessions = sessions

    def find(self, reader: Reader, collection_id: str) -> Collection | None:
        """Return a collection, or None."""
        return records.collection(reader, collection_id)

    def serving_agent(self, reader: Reader, collection: Collection) -> str:
        """Return the id of the agent that serves a collection: `BUILT_IN`, or an enrolled one."""
        host = self.host(reader, collection)
        return host.agent_id or BUILT_IN

    def host(self, reader: Reader, collection: Collection) -> Collection:
        """Return the mapped collection on which a collection is: itself, unless it is a guest.

        Raises `CollectionNotFound` when it is gone.
        """
        if collection.entity == "mapped":
            return collection
        host = records.collection(reader, collection.host_collection_id)
        if host is None:
            raise CollectionNotFound(collection.host_collection_id)
        return host

    def access(
        self,
        reader: Reader,
        collection: Collection,
        identity_ids: Sequence[str],
        group_ids: Sequence[str],
        *,
        anonymous: bool = False,
    ) -> tuple[Rule, ...]:
        """Return what somebody may do in a collection; no rules: nothing.

        Of a person, the ids of all their identities and of the groups that these are in;
        `anonymous`: somebody who has not signed in.
        """
        if not anonymous and collection.owner_id in identity_ids:
            return (Rule("/", "rw"),)
        return NO_RULES

    def roles(
        self,
        reader: Reader,
        collection: Collection,
        identity_ids: Sequence[str],
        group_ids: Sequence[str],
    ) -> frozenset[RoleName]:
        """Return the roles that somebody has on a collection, an owner's among them."""
        is_owner = collection.owner_id in identity_ids
        return frozenset({"administrator"} if is_owner else ())

    async def place(
        self, collection_id: str, caller: Caller | None, *, write: bool = False
    ) -> Place:
        """Return the files of a collection as a caller may use them (None: nobody signed in).

        Credentials for a bucket of this cloud are the caller's (of a guest collection: its
        owner's), lent for a while. Raises `CollectionNotFound`, also when they may not see
        it, and `PermissionDenied` when there is nothing that they may read (`write`: write).
        """
        raise CollectionNotFound(collection_id)
