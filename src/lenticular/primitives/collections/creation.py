"""Collections as they are made, written and removed, within a transaction."""

import uuid
from pathlib import PurePosixPath
from typing import Final

from msgspec import UNSET, Struct
from msgspec.structs import replace

from lenticular.engines.connectors.places import Folder, Sftp, Store, Web
from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.agents import BUILT_IN, wake
from lenticular.primitives.collections import assignments, records, resource_servers, rules
from lenticular.primitives.collections.details import Details, described
from lenticular.primitives.collections.errors import (
    EntryExists,
    InputInvalid,
    LimitExceeded,
)
from lenticular.primitives.collections.paths import folder
from lenticular.primitives.collections.places import Places
from lenticular.primitives.collections.records import (
    COLLECTION,
    DELETED,
    HOSTED,
    OWNED,
    PAUSE,
    PAUSE_ID,
    Collection,
    Kind,
    Origin,
    encode,
)
from lenticular.primitives.collections.rights import Person
from lenticular.primitives.people import People

_MOST_OWN: Final = 1000
"""Collections of one owner."""

_FIELDS: Final = {"folder": Folder, "bucket": Store, "store": Store, "sftp": Sftp, "web": Web}


class NewMapped(Struct, frozen=True, kw_only=True):
    """A mapped collection to make, of files that the server itself reaches."""

    kind: Kind
    origin: Origin
    account_id: str
    owner_id: str = ""
    """The identity whose it is; empty: everybody's in the account."""
    collection_id: str = ""
    """Empty: a new UUID."""
    details: Details


def mapped(tx: Transaction, new: NewMapped, places: Places, people: People) -> Collection:
    """Make a mapped collection; see `Collections.create_mapped`."""
    if not isinstance(new.origin, _FIELDS[new.kind]):
        raise InputInvalid(f"A collection of the kind {new.kind} is not at a {new.origin!r}")
    if new.owner_id and not people.knows(tx, new.owner_id):
        raise InputInvalid(f"There is no identity {new.owner_id[:100]!r}")
    collection_id = _parsed(new.collection_id) if new.collection_id else str(uuid.uuid4())
    fresh = Collection(
        collection_id=collection_id,
        entity="mapped",
        kind=new.kind,
        owner_id=new.owner_id,
        account_id=new.account_id,
        display_name="",
        created=records.now(),
        where=_where(new.origin),
        origin=places.seal(collection_id, new.origin),
        public=False,
    )
    return _begin(tx, fresh, new.details)


def enrolled(tx: Transaction, details: Details, people: People, person: Person) -> Collection:
    """Make a mapped collection for a machine; see `Collections.create_enrolled`."""
    collection_id = str(uuid.uuid4())
    fresh = Collection(
        collection_id=collection_id,
        entity="mapped",
        kind="agent",
        owner_id=person.acting,
        account_id=_account(tx, people, person),
        display_name="",
        created=records.now(),
        agent_id=collection_id,
        where="a machine with an agent",
        public=False,
    )
    return _begin(tx, fresh, details)


def guest(
    tx: Transaction,
    host: Collection,
    path: str,
    details: Details,
    people: People,
    person: Person,
) -> Collection:
    """Make a guest collection; see `Collections.create_guest`."""
    fresh = Collection(
        collection_id=str(uuid.uuid4()),
        entity="guest",
        kind="guest",
        owner_id=person.acting,
        account_id=_account(tx, people, person),
        display_name="",
        created=records.now(),
        host_collection_id=host.collection_id,
        host_path=path,
        where=f"{host.collection_id}:{path}",
    )
    tx.set(HOSTED.pack(host.collection_id, fresh.collection_id), b"")
    return _begin(tx, fresh, details)


def _begin(tx: Transaction, fresh: Collection, details: Details) -> Collection:
    if details.display_name is UNSET:
        raise InputInvalid("display_name is missing: say what the collection is called")
    if fresh.owner_id and len(records.owned(tx, fresh.owner_id)) >= _MOST_OWN:
        raise LimitExceeded(f"Nobody owns more than {_MOST_OWN} collections")
    if records.collection(tx, fresh.collection_id) is not None:
        raise EntryExists(f"There is a collection {fresh.collection_id} already")
    made = described(fresh, details)
    resource_servers.register(tx, made)
    if made.owner_id:
        tx.set(OWNED.pack(made.owner_id, made.collection_id), b"")
    tx.delete(DELETED.pack(made.collection_id))
    save(tx, made)
    wake(tx, BUILT_IN)  # it is started once there is something for it
    return made


def save(tx: Transaction, collection: Collection) -> None:
    """Write a collection."""
    resource_servers.rename(tx, collection)
    tx.set(COLLECTION.pack(collection.collection_id), encode(collection))


def drop(tx: Transaction, collection: Collection) -> None:
    """Remove a collection with its rules and roles; that it was there stays known."""
    for rule in records.rules(tx, collection.collection_id):
        rules.drop(tx, rule)
    for role in records.roles(tx, collection.collection_id):
        assignments.drop(tx, role)
    for pause in records.pauses(tx, collection.collection_id):
        tx.delete(PAUSE_ID.pack(pause.rule_id))
    tx.delete_range(*PAUSE.range(collection.collection_id))
    resource_servers.unregister(tx, collection.collection_id)
    if collection.owner_id:
        tx.delete(OWNED.pack(collection.owner_id, collection.collection_id))
    if collection.host_collection_id:
        tx.delete(HOSTED.pack(collection.host_collection_id, collection.collection_id))
    tx.delete(COLLECTION.pack(collection.collection_id))
    tx.set(DELETED.pack(collection.collection_id), encode(replace(collection, origin=b"")))


def shared_path(path: str, home: str) -> str:
    """Return the folder of a guest collection, with what ``/~/`` stands for.

    Raises `InputInvalid`.
    """
    if path in ("/~", "~") or path.startswith(("/~/", "~/")):
        path = str(PurePosixPath(home) / path.partition("~")[2].lstrip("/"))
    return folder(path, "host_path")


def _where(origin: Origin) -> str:
    """Return where files are, without any secret."""
    match origin:
        case Folder(root):
            return root
        case Sftp(host=host, user=user, root=root, port=port):
            return f"sftp://{user}@{host}:{port}{root}"
        case Store(url=url) | Web(url=url):
            return url


def _account(tx: Transaction, people: People, person: Person) -> str:
    found = people.look(tx, person.acting)
    return found.account_id if found is not None else ""


def _parsed(collection_id: str) -> str:
    try:
        return str(uuid.UUID(collection_id))
    except ValueError:
        raise InputInvalid(f"A collection's id is a UUID, not {collection_id[:100]!r}") from None
