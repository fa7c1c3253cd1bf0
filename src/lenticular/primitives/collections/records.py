"""What the store remembers of collections.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

import time
from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.connectors.places import Folder, Permission, Sftp, Store, Web
from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.collections.errors import CollectionNotFound

Entity = Literal["mapped", "guest"]

Kind = Literal["folder", "bucket", "store", "sftp", "web", "agent", "guest"]
"""Where the files are: a folder of the server, a bucket of this cloud, an object store
elsewhere, an SFTP server, an HTTP server, the machine of an agent, or another collection."""

RoleName = Literal[
    "administrator",
    "restricted_administrator",
    "access_manager",
    "activity_manager",
    "activity_monitor",
]
"""As the Transfer API names them ("Roles"). Nobody is given the restricted one: whoever
administers a mapped collection is that of the guest collections on it, which they see and may
delete, but into which they give themselves no way."""

PrincipalType = Literal[
    "identity", "group", "all_authenticated_users", "anonymous", "email", "link"
]
"""``email``: whoever gets mail there, once they have accepted; ``link``: whoever shows the rule's
link, which is mailed there. Both are ours; the others are the Transfer API's."""

Origin = Folder | Store | Sftp | Web
"""Where the files of a mapped collection are, as far as it is remembered."""

EVERYBODY: Final = "everybody"
"""The principal under which rules are found that name nobody."""

_PAGE = 500

COLLECTION = Subspace("collections", "collection")  # (collection id) -> Collection
DELETED = Subspace("collections", "deleted")  # (collection id) -> Collection, as it was
OWNED = Subspace("collections", "owned")  # (owner's identity id, collection id) -> nothing
HOSTED = Subspace("collections", "hosted")  # (host's collection id, collection id) -> nothing
RULE = Subspace("collections", "rule")  # (collection id, rule id) -> AccessRule
ROLE = Subspace("collections", "role")  # (collection id, role id) -> Role
GRANTED = Subspace("collections", "granted")  # (principal, collection id, rule or role id)
BOOKMARK = Subspace("collections", "bookmark")  # (identity id, bookmark id) -> Bookmark
USED = Subspace("collections", "used")  # (identity id, collection id) -> packed milliseconds
PAUSE = Subspace("collections", "pause")  # (collection id, pause rule id) -> PauseRule
PAUSE_ID = Subspace("collections", "pause-id")  # (pause rule id) -> collection id


class Collection(Struct, array_like=True, frozen=True):
    """Files that can be reached under one id."""

    collection_id: str
    entity: Entity
    kind: Kind
    owner_id: str
    """The identity that owns it; empty: its account, that is everybody in it."""
    account_id: str
    display_name: str
    created: int
    agent_id: str = ""
    """The agent that serves it: the built-in one (empty), or the one enrolled for it."""
    host_collection_id: str = ""
    """Of a guest collection: the one on which it is."""
    host_path: str = "/"
    """Of a guest collection: its folder there; begins and ends with ``/``."""
    where: str = ""
    """Where the files are, for people to read: no secret is in it."""
    origin: bytes = b""
    """The `Origin` of a mapped collection, sealed by the vault."""
    anonymous_read: bool = False
    public: bool = True
    """Whether those who have no access to it see that it is there."""
    description: str | None = None
    organization: str | None = None
    department: str | None = None
    keywords: tuple[str, ...] = ()
    contact_email: str | None = None
    contact_info: str | None = None
    info_link: str | None = None
    user_message: str | None = None
    user_message_link: str | None = None
    default_directory: str | None = None
    force_encryption: bool = False
    disable_verify: bool = False
    force_verify: bool = False
    activity_notifications: dict[str, tuple[str, ...]] | None = None
    """Of which tasks on it its owner is told: by ``status`` and ``transfer_use``."""

    @property
    def everybody(self) -> bool:
        """Whether it is for all in its account, and nobody's own."""
        return not self.owner_id


class AccessRule(Struct, array_like=True, frozen=True):
    """Who may do what with a folder of a guest collection."""

    rule_id: str
    collection_id: str
    principal_type: PrincipalType
    principal: str
    """The id of an identity or group, or a mail address; empty for everybody."""
    path: str
    """Absolute; ends with ``/``."""
    permission: Permission
    created: int
    created_by: str
    """The identity that made it."""
    expires: int = 0
    """0: it does not."""
    notify_email: str | None = None


class Role(Struct, array_like=True, frozen=True):
    """What somebody may administer of a collection."""

    role_id: str
    collection_id: str
    principal_type: Literal["identity", "group"]
    principal: str
    role: RoleName
    created: int
    created_by: str


class Bookmark(Struct, array_like=True, frozen=True):
    """A folder that somebody wants to find again."""

    bookmark_id: str
    owner_id: str
    name: str
    collection_id: str
    path: str
    pinned: bool = False


class PauseRule(Struct, array_like=True, frozen=True):
    """What is not to be done on a collection for a while, by everybody or one identity."""

    rule_id: str
    collection_id: str
    message: str
    created: int
    created_by: str
    identity_id: str = ""
    """Whose tasks; empty: everybody's."""
    modified: int = 0
    modified_by: str = ""
    pause_ls: bool = True
    pause_mkdir: bool = True
    pause_rename: bool = True
    pause_symlink: bool = True
    pause_task_delete: bool = True
    pause_task_transfer_read: bool = True
    pause_task_transfer_write: bool = True


encode = msgspec.msgpack.Encoder().encode
_decode_collection = msgspec.msgpack.Decoder(Collection).decode
_decode_rule = msgspec.msgpack.Decoder(AccessRule).decode
_decode_role = msgspec.msgpack.Decoder(Role).decode
_decode_bookmark = msgspec.msgpack.Decoder(Bookmark).decode
_decode_pause = msgspec.msgpack.Decoder(PauseRule).decode


def now() -> int:
    """Return the time in milliseconds since the epoch."""
    return int(time.time() * 1000)


def collection(reader: Reader, collection_id: str) -> Collection | None:
    """Return a collection."""
    data = reader.get(COLLECTION.pack(collection_id))
    return None if data is None else _decode_collection(data)


def existing(reader: Reader, collection_id: str) -> Collection:
    """Return a collection. Raises `CollectionNotFound`."""
    found = collection(reader, collection_id)
    if found is None:
        raise CollectionNotFound(collection_id)
    return found


def deleted(reader: Reader, collection_id: str) -> Collection | None:
    """Return what a collection was that is deleted now."""
    data = reader.get(DELETED.pack(collection_id))
    return None if data is None else _decode_collection(data)


def everything(reader: Reader) -> Iterator[Collection]:
    """Iterate over all collections, in pages, so that no step takes long."""
    start, stop = COLLECTION.range()
    while page := reader.range(start, stop, limit=_PAGE):
        yield from (_decode_collection(data) for _, data in page)
        start = after(page[-1][0])


def owned(reader: Reader, identity_id: str) -> list[Collection]:
    """Return the collections that an identity owns."""
    ids = [OWNED.unpack(key)[1] for key, _ in reader.range(*OWNED.range(identity_id))]
    return [found for one in ids if (found := collection(reader, one)) is not None]


def hosted(reader: Reader, collection_id: str) -> list[Collection]:
    """Return the guest collections on a mapped one."""
    ids = [HOSTED.unpack(key)[1] for key, _ in reader.range(*HOSTED.range(collection_id))]
    return [found for one in ids if (found := collection(reader, one)) is not None]


def granted(reader: Reader, principal: str) -> list[str]:
    """Return the ids of the collections on which a principal has a rule or role."""
    rows = reader.range(*GRANTED.range(principal))
    return list(dict.fromkeys(GRANTED.unpack(key)[1] for key, _ in rows))


def rules(reader: Reader, collection_id: str) -> list[AccessRule]:
    """Return the rules of a collection, those that have expired too."""
    return [_decode_rule(data) for _, data in reader.range(*RULE.range(collection_id))]


def rule(reader: Reader, collection_id: str, rule_id: str) -> AccessRule | None:
    """Return a rule of a collection."""
    data = reader.get(RULE.pack(collection_id, rule_id))
    return None if data is None else _decode_rule(data)


def roles(reader: Reader, collection_id: str) -> list[Role]:
    """Return the roles that were given on a collection."""
    return [_decode_role(data) for _, data in reader.range(*ROLE.range(collection_id))]


def role(reader: Reader, collection_id: str, role_id: str) -> Role | None:
    """Return a role that was given on a collection."""
    data = reader.get(ROLE.pack(collection_id, role_id))
    return None if data is None else _decode_role(data)


def bookmarks(reader: Reader, identity_id: str) -> list[Bookmark]:
    """Return the bookmarks of an identity."""
    return [_decode_bookmark(data) for _, data in reader.range(*BOOKMARK.range(identity_id))]


def pauses(reader: Reader, collection_id: str) -> list[PauseRule]:
    """Return the pause rules of a collection."""
    return [_decode_pause(data) for _, data in reader.range(*PAUSE.range(collection_id))]
