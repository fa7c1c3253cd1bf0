"""Rights: who may do what with the files of a collection, who administers it, and who sees it.

Files of a mapped collection are its owner's (or all its account's), and a bucket's whoever of
the account S3 lets at it. Those of a guest collection are shared by rules, which go no further
than its owner may go on the collection below: what the owner loses, everybody loses.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

from lenticular.engines.connectors.places import Permission, Rule
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.collections import records
from lenticular.primitives.collections.errors import CollectionDeleted, CollectionNotFound
from lenticular.primitives.collections.records import AccessRule, RoleName
from lenticular.primitives.collections.records import Collection as Entry
from lenticular.primitives.people import People

_IMPLIED: Final[dict[RoleName, tuple[RoleName, ...]]] = {
    "administrator": (
        "administrator",
        "access_manager",
        "activity_manager",
        "activity_monitor",
    ),
    "activity_manager": ("activity_manager", "activity_monitor"),
}

MANAGERS: Final[frozenset[RoleName]] = frozenset({"administrator", "access_manager"})
"""Who gives others access; they have access to everything in a guest collection themselves."""


class Person(NamedTuple):
    """Who asks."""

    identity_ids: tuple[str, ...]
    """Of all their identities, the acting one first."""
    group_ids: tuple[str, ...] = ()

    @property
    def acting(self) -> str:
        """The id of the identity that acts."""
        return self.identity_ids[0]


class Rights:
    """Decides about collections."""

    def __init__(self, people: People, clock: Callable[[], float]) -> None:
        """`clock` tells the time in seconds since the epoch: rules expire."""
        self._people = people
        self._clock = clock

    def access(
        self,
        reader: Reader,
        collection: Entry,
        person: Person,
        *,
        anonymous: bool = False,
    ) -> tuple[Rule, ...]:
        """See `Collections.access`."""
        if collection.entity == "mapped":
            own = () if anonymous else self.own(reader, collection, person.identity_ids)
            return own or ((Rule("/", "r"),) if collection.anonymous_read else ())
        ceiling = self._ceiling(reader, collection)
        if ceiling is None:
            return ()
        shared = self._shared(reader, collection, person, anonymous=anonymous)
        return tuple(
            Rule(path, "r" if ceiling == "r" else permission) for path, permission in shared.items()
        )

    def by_link(self, reader: Reader, collection: Entry, rule_id: str) -> tuple[Rule, ...]:
        """Return what whoever shows the link of a rule may do."""
        rule = records.rule(reader, collection.collection_id, rule_id)
        if rule is None or rule.principal_type != "link" or self.is_expired(rule):
            return ()
        return () if self._ceiling(reader, collection) is None else (Rule(rule.path, "r"),)

    def own(self, reader: Reader, mapped: Entry, identity_ids: Collection[str]) -> tuple[Rule, ...]:
        """Return what somebody may do on a mapped collection that not everybody may."""
        is_theirs = mapped.owner_id in identity_ids or (
            (mapped.everybody or mapped.kind == "bucket")
            and mapped.account_id in self._accounts(reader, identity_ids)
        )
        if not is_theirs:
            return ()
        return (Rule("/", "r" if mapped.kind == "web" else "rw"),)

    def may_share(self, reader: Reader, collection: Entry, person: Person) -> bool:
        """Tell whether somebody may make guest collections of folders of a collection."""
        return collection.entity == "mapped" and bool(
            self.own(reader, collection, person.identity_ids)
        )

    def _accounts(self, reader: Reader, identity_ids: Iterable[str]) -> set[str]:
        found = (self._people.look(reader, identity_id) for identity_id in identity_ids)
        return {one.account_id for one in found if one is not None and one.account_id}

    def _ceiling(self, reader: Reader, guest: Entry) -> Permission | None:
        """Return what the owner of a guest collection may do where it is; None: nothing."""
        host = records.collection(reader, guest.host_collection_id)
        if host is None or not self._people.knows(reader, guest.owner_id):
            return None
        own = self.own(reader, host, self._people.identity_ids(reader, guest.owner_id))
        return own[0].permission if own else None

    def _shared(
        self, reader: Reader, guest: Entry, person: Person, *, anonymous: bool
    ) -> dict[str, Permission]:
        """Return by path what a guest collection's owner lets somebody do."""
        if not anonymous and not MANAGERS.isdisjoint(self._given(reader, guest, person)):
            return {"/": "rw"}
        found: dict[str, Permission] = {}
        for rule in records.rules(reader, guest.collection_id):
            if not self.is_expired(rule) and _is_for(rule, person, anonymous=anonymous):
                found[rule.path] = "rw" if found.get(rule.path) == "rw" else rule.permission
        return found

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self._clock() * 1000)

    def is_expired(self, rule: AccessRule) -> bool:
        """Tell whether a rule counts no more."""
        return bool(rule.expires) and rule.expires <= self.now()

    def roles(self, reader: Reader, collection: Entry, person: Person) -> tuple[RoleName, ...]:
        """Return the roles that somebody has, with those that they imply, the highest first."""
        given = self._given(reader, collection, person)
        host = None
        if collection.entity == "guest":
            host = records.collection(reader, collection.host_collection_id)
        if host is not None and "administrator" in self._given(reader, host, person):
            given |= {"restricted_administrator"}
        order: tuple[RoleName, ...] = (
            "administrator",
            "restricted_administrator",
            "access_manager",
            "activity_manager",
            "activity_monitor",
        )
        return tuple(one for one in order if one in given)

    def _given(self, reader: Reader, collection: Entry, person: Person) -> set[RoleName]:
        """Return the roles that somebody was given, or has as the owner."""
        if collection.owner_id and collection.owner_id in person.identity_ids:
            return set(_IMPLIED["administrator"])
        found: set[RoleName] = set()
        for role in records.roles(reader, collection.collection_id):
            ids = person.identity_ids if role.principal_type == "identity" else person.group_ids
            if role.principal in ids:
                found |= set(_IMPLIED.get(role.role, (role.role,)))
        return found

    def is_visible(self, reader: Reader, collection: Entry, person: Person) -> bool:
        """Tell whether somebody may know of a collection."""
        return (
            collection.public
            or bool(self.roles(reader, collection, person))
            or bool(self.access(reader, collection, person))
        )

    def visible(self, reader: Reader, collection_id: str, person: Person) -> Entry:
        """Return a collection that somebody may know of.

        Raises `CollectionNotFound`, and `CollectionDeleted` to those who may know that.
        """
        found = records.collection(reader, collection_id)
        if found is not None and self.is_visible(reader, found, person):
            return found
        gone = records.deleted(reader, collection_id)
        if gone is not None and (gone.public or gone.owner_id in person.identity_ids):
            raise CollectionDeleted(collection_id)
        raise CollectionNotFound(collection_id)

    def is_functional(self, reader: Reader, collection: Entry) -> bool:
        """Tell whether a collection is more than a name: its owner may still use its files."""
        return collection.entity == "mapped" or self._ceiling(reader, collection) is not None


def _is_for(rule: AccessRule, person: Person, *, anonymous: bool) -> bool:
    """Tell whether a rule is for somebody (`anonymous`: who has not signed in)."""
    if rule.principal_type == "anonymous":
        return True
    if anonymous:
        return False
    if rule.principal_type == "all_authenticated_users":
        return bool(person.identity_ids)
    if rule.principal_type not in ("identity", "group"):
        return False
    ids = person.identity_ids if rule.principal_type == "identity" else person.group_ids
    return rule.principal in ids
