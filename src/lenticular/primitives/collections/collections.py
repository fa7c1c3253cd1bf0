"""Collections: files of any place under one id, and who may do what with them."""

import time
from collections.abc import Callable, Sequence, Set
from typing import Final

from lenticular.engines.connectors.places import Peer, Place, Rule
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import BUILT_IN, Agents, wake
from lenticular.primitives.collections import creation, records, views
from lenticular.primitives.collections.assignments import RoleAssignments
from lenticular.primitives.collections.bookmarks import Bookmarks
from lenticular.primitives.collections.creation import NewMapped
from lenticular.primitives.collections.details import Details, described
from lenticular.primitives.collections.errors import (
    CollectionNotFound,
    NotSupported,
    PermissionDenied,
)
from lenticular.primitives.collections.lending import Lending
from lenticular.primitives.collections.places import Places
from lenticular.primitives.collections.records import USED, Collection, PauseRule, RoleName
from lenticular.primitives.collections.rights import Person, Rights
from lenticular.primitives.collections.rules import AccessRules
from lenticular.primitives.collections.searching import InUse, Match, Search, Searching
from lenticular.primitives.collections.views import Served, View, Views
from lenticular.primitives.groups import Groups
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.people import People
from lenticular.primitives.sessions import Sessions
from lenticular.primitives.vault import Vault

_ADMINISTRATORS: Final[frozenset[RoleName]] = frozenset({"administrator"})
_DELETERS: Final[frozenset[RoleName]] = frozenset({"administrator", "restricted_administrator"})


class Collections:
    """The collections of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        people: People,
        groups: Groups,
        agents: Agents,
        sessions: Sessions,
        *,
        data_url: str = "",
        s3_url: str = "",
        region: str = "us-east-1",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`data_url` is where the server's own agent serves files; the others are S3's."""
        self._store = store
        self._people = people
        self._groups = groups
        self._agents = agents
        self._data_url = data_url
        self._rights = Rights(people, clock)
        self._views = Views(people, agents, self._rights, data_url)
        self._searching = Searching(store, self._rights)
        lending = Lending(store, people, sessions, url=s3_url, region=region, clock=clock)
        self._places = Places(vault, lending)
        self.rules = AccessRules(store, self._rights, people.knows, groups.knows)
        self.assignments = RoleAssignments(store, self._rights, people.knows, groups.knows)
        self.bookmarks = Bookmarks(store, self._rights)

    # -- what others ask within their own transactions

    def find(self, reader: Reader, collection_id: str) -> Collection | None:
        """Return a collection, or None."""
        return records.collection(reader, collection_id)

    def visible(self, reader: Reader, collection_id: str, person: Person) -> Collection:
        """Return a collection that somebody may know of.

        Raises `CollectionNotFound`, and `CollectionDeleted` to those who may know that.
        """
        return self._rights.visible(reader, collection_id, person)

    def serving_agent(self, reader: Reader, collection: Collection) -> str:
        """Return the id of the agent that serves a collection: `BUILT_IN`, or an enrolled one.

        Raises `CollectionNotFound` when the collection on which it is is gone.
        """
        return self.host(reader, collection).agent_id or BUILT_IN

    def host(self, reader: Reader, collection: Collection) -> Collection:
        """Return the mapped collection on which a collection is: itself, unless it is a guest.

        Raises `CollectionNotFound` when it is gone.
        """
        return views.host(reader, collection)

    def access(
        self,
        reader: Reader,
        collection: Collection,
        person: Person,
        *,
        anonymous: bool = False,
    ) -> tuple[Rule, ...]:
        """Return what somebody may do in a collection; no rules: nothing.

        `anonymous`: somebody who has not signed in.
        """
        return self._rights.access(reader, collection, person, anonymous=anonymous)

    def roles(self, reader: Reader, collection: Collection, person: Person) -> frozenset[RoleName]:
        """Return the roles that somebody has on a collection, an owner's and implied ones too."""
        return frozenset(self._rights.roles(reader, collection, person))

    def person(self, reader: Reader, identity_id: str) -> Person:
        """Return who has an identity: with all their identities, and the groups they are in."""
        ids = dict.fromkeys((identity_id, *self._people.identity_ids(reader, identity_id)))
        return Person(tuple(ids), self._groups.active(reader, tuple(ids)))

    def note_use(self, tx: Transaction, collection_id: str, identity_id: str) -> None:
        """Note that somebody used a collection, for whom it is ``recently-used`` from now."""
        tx.set(USED.pack(identity_id, collection_id), records.now().to_bytes(8, "big"))

    def add_uses(self, in_use: InUse) -> None:
        """Let `in_use` tell which collections tasks are using."""
        self._searching.add_uses(in_use)

    # -- where the files are

    def https_server(self, collection_id: str) -> str:
        """Return the base URL of a collection's files; the path of a file is put behind it."""
        return self._views.https_server(collection_id)

    def relayed(self, collection_id: str) -> str:
        """Return the address of a collection's own agent by way of the server's relay."""
        return f"{self._data_url}/relay/{collection_id}/collections/{collection_id}"

    def peer(self, collection_id: str, hello: Hello | None, token: str) -> Peer:
        """Return how others reach a collection's files at the agent that serves it.

        At the addresses that it told in its `hello`, and else by way of the relay.
        """
        bases = hello.addresses if hello is not None else ()
        direct = (f"{base}/collections/{collection_id}" for base in bases)
        addresses = dict.fromkeys((*direct, self.relayed(collection_id)))
        return Peer(tuple(addresses), token, hello.fingerprint if hello is not None else "")

    async def served(self, collection_id: str) -> Served:
        """Return which agent serves a collection, and where ``/~/`` is there.

        Raises `CollectionNotFound`.
        """
        return await self._store.read(
            lambda reader: self._views.served(reader, records.existing(reader, collection_id))
        )

    async def place(
        self, collection_id: str, caller: Caller | None, *, write: bool = False
    ) -> Place:
        """Return the files of a collection as a caller may use them (None: nobody signed in).

        Credentials for a bucket of this cloud are lent for a while: the caller's, or its
        owner's where the collection is shared or anybody may read it. Raises
        `CollectionNotFound`, also when they may not see it, and `PermissionDenied` when there
        is nothing that they may read (`write`: write).
        """
        identity_id = caller.identity_id if caller is not None else ""
        return await self.place_for(collection_id, identity_id, write=write)

    async def place_for(
        self, collection_id: str, identity_id: str, *, write: bool = False
    ) -> Place:
        """Return what `place` does, for whoever has an identity (empty: nobody signed in)."""

        def find(reader: Reader) -> tuple[Collection, Collection, tuple[Rule, ...]]:
            person = self.person(reader, identity_id) if identity_id else Person(())
            found = records.existing(reader, collection_id)
            rules = self._rights.access(reader, found, person, anonymous=not identity_id)
            if not rules and (
                not identity_id or not self._rights.is_visible(reader, found, person)
            ):
                raise CollectionNotFound(collection_id)
            return found, self.host(reader, found), rules

        found, host, rules = await self._store.read(find)
        if not rules:
            raise PermissionDenied(f"You have no access to {found.display_name!r}")
        if write and not any(rule.permission == "rw" for rule in rules):
            raise PermissionDenied(f"You may read {found.display_name!r}, and not write there")
        return await self._places.open(found, host, rules, identity_id)

    async def place_by_link(self, collection_id: str, rule_id: str) -> Place:
        """Return the files of a collection for whoever shows the link of a rule.

        Raises `CollectionNotFound` and `PermissionDenied`.
        """

        def find(reader: Reader) -> tuple[Collection, Collection, tuple[Rule, ...]]:
            found = records.existing(reader, collection_id)
            rules = self._rights.by_link(reader, found, rule_id)
            return found, self.host(reader, found), rules

        found, host, rules = await self._store.read(find)
        if not rules:
            raise PermissionDenied("This link is good no more: ask for another one")
        return await self._places.open(found, host, rules, "")

    # -- collections themselves

    async def get(self, collection_id: str, person: Person) -> View:
        """Return a collection as somebody sees it.

        Raises `CollectionNotFound` and `CollectionDeleted`.
        """
        return await self._store.read(
            lambda reader: self._views.view(
                reader, self._rights.visible(reader, collection_id, person), person
            )
        )

    async def create_mapped(self, new: NewMapped) -> Collection:
        """Make a collection of files that the server itself reaches, as its administrator.

        Raises `EntryExists` when the id is taken, and `InputInvalid`.
        """

        def write(tx: Transaction) -> Collection:
            wake(tx, BUILT_IN)
            return creation.mapped(tx, new, self._places, self._people)

        return await self._store.transact(write)

    async def create_enrolled(self, details: Details, person: Person) -> tuple[Collection, str]:
        """Make a collection for a machine of somebody, and the setup key for its agent.

        Raises `InputInvalid` and `LimitExceeded`.
        """

        def write(tx: Transaction) -> tuple[Collection, str]:
            made = creation.enrolled(tx, details, self._people, person)
            return made, self._agents.expect(tx, made.agent_id, made.display_name)

        return await self._store.transact(write)

    async def new_setup_key(self, collection_id: str, person: Person | None) -> str:
        """Return a new setup key for the machine of a collection; one before works no more.

        The machine that is enrolled goes on until it is used. Raises `NotSupported`, as `delete`.
        """

        def write(tx: Transaction) -> str:
            found = self._administered(tx, collection_id, person, "give a machine to")
            if found.kind != "agent":
                raise NotSupported(
                    f"{found.display_name!r} was not made for a machine, and needs no setup key"
                )
            return self._agents.expect(tx, found.agent_id, found.display_name)

        return await self._store.transact(write)

    async def create_guest(
        self, host_id: str, host_path: str, details: Details, person: Person
    ) -> Collection:
        """Make a guest collection of a folder on a mapped one, for who has access there.

        Raises `CollectionNotFound`, `CollectionDeleted`, `PermissionDenied`, `NotSupported`,
        `InputInvalid` and `LimitExceeded`.
        """

        def write(tx: Transaction) -> Collection:
            host = self._rights.visible(tx, host_id, person)
            if host.entity != "mapped":
                raise NotSupported(
                    f"{host.display_name!r} is a guest collection: share a folder of the mapped "
                    f"collection on which it is"
                )
            if not self._rights.may_share(tx, host, person):
                raise PermissionDenied(
                    f"To share folders of {host.display_name!r} you must have access to it"
                )
            path = creation.shared_path(host_path, self._views.home(tx, host))
            return creation.guest(tx, host, path, details, self._people, person)

        return await self._store.transact(write)

    async def change(self, collection_id: str, details: Details, person: Person) -> Collection:
        """Change what is said of a collection, as its administrator.

        Raises `PermissionDenied`, `InputInvalid` and as `get`.
        """

        def write(tx: Transaction) -> Collection:
            found = self._administered(tx, collection_id, person, "change")
            changed = described(found, details)
            creation.save(tx, changed)
            return changed

        return await self._store.transact(write)

    async def delete(self, collection_id: str, person: Person | None) -> Collection:
        """Delete a collection with its rules and roles, and the guest collections on it.

        No file is touched. `person`: None for the administrator of the cloud. Raises
        `PermissionDenied` and as `get`.
        """

        def write(tx: Transaction) -> Collection:
            found = self._administered(tx, collection_id, person, "delete", _DELETERS)
            for guest in records.hosted(tx, collection_id):
                creation.drop(tx, guest)
            creation.drop(tx, found)
            if found.kind == "agent":
                self._agents.forget(tx, found.agent_id)
            return found

        return await self._store.transact(write)

    def _administered(
        self,
        reader: Reader,
        collection_id: str,
        person: Person | None,
        what: str,
        roles: Set[RoleName] = _ADMINISTRATORS,
    ) -> Collection:
        """Return a collection on which somebody has one of `roles`, to do `what` with it."""
        if person is None:
            return records.existing(reader, collection_id)
        found = self._rights.visible(reader, collection_id, person)
        if roles.isdisjoint(self._rights.roles(reader, found, person)):
            raise PermissionDenied(
                f"To {what} {found.display_name!r} needs the role administrator on it"
            )
        return found

    # -- many of them

    async def search(self, wanted: Search, person: Person) -> list[Match]:
        """Return the collections that fit, the best first. Raises `InputInvalid`."""
        return await self._searching.search(wanted, person)

    async def views(self, found: Sequence[Collection], person: Person) -> list[View]:
        """Return collections that somebody found, as they see them."""
        return await self._store.read(
            lambda reader: [self._views.view(reader, one, person) for one in found]
        )

    async def guests(
        self, host_id: str, person: Person, *, managed: bool = False
    ) -> list[Collection]:
        """Return the guest collections on a mapped one that somebody may know of, by name.

        `managed`: of which they manage the access. Raises as `get`.
        """

        def find(reader: Reader) -> list[Collection]:
            self._rights.visible(reader, host_id, person)
            return [
                one
                for one in records.hosted(reader, host_id)
                if self._rights.is_visible(reader, one, person)
                and (not managed or "access_manager" in self._rights.roles(reader, one, person))
            ]

        found = await self._store.read(find)
        return sorted(found, key=lambda one: (one.display_name.lower(), one.collection_id))

    async def pauses(self, collection_id: str, person: Person) -> list[PauseRule]:
        """Return the pause rules that hold for somebody: the collection's, and its host's.

        Raises as `get`.
        """

        def find(reader: Reader) -> list[PauseRule]:
            found = self._rights.visible(reader, collection_id, person)
            below = records.pauses(reader, found.host_collection_id)
            rules = (*records.pauses(reader, collection_id), *below)
            return [rule for rule in rules if rule.identity_id in ("", *person.identity_ids)]

        return await self._store.read(find)

    async def everything(self) -> list[Collection]:
        """Return all collections, for the administrator of the cloud."""
        return await self._store.read(lambda reader: list(records.everything(reader)), long=True)
