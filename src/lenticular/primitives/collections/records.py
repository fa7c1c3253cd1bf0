"""What the store remembers of collections.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.connectors.places import Folder, Permission, Sftp, Store, Web
from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace

Entity = Literal["mapped", "guest"]

Kind = Literal["folder", "bucket", "store", "sftp", "web", "agent", "guest"]
"""Where the files are: a folder of the server, a bucket of this cloud, an object store
elsewhere, an SFTP server, an HTTP server, the machine of an agent, or another collection."""

RoleName = Literal["administrator", "access_manager", "activity_manager", "activity_monitor"]
"""As the Transfer API names them ("Endpoint Roles")."""

PrincipalType = Literal["identity", "group", "all_authenticated_users", "anonymous"]

Origin = Folder | Store | Sftp | Web
"""Where the files of a mapped collection are, as far as it is remembered."""

BUILT_IN: Final = "built-in"
"""Id of the agent that the server itself runs."""

COLLECTION = Subspace("collections", "collection")  # (collection id) -> Collection
DELETED = Subspace("collections", "deleted")  # (collection id) -> packed milliseconds
OWNED = Subspace("collections", "owned")  # (owner's identity id, collection id) -> nothing
HOSTED = Subspace("collections", "hosted")  # (host's collection id, collection id) -> nothing
RULE = Subspace("collections", "rule")  # (collection id, rule id) -> AccessRule
ROLE = Subspace("collections", "role")  # (collection id, role id) -> Role
GRANTED = Subspace("collections", "granted")  # (principal, collection id, rule or role id)
BOOKMARK = Subspace("collections", "bookmark")  # (identity id, bookmark id) -> Bookmark


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
    subscription_id: str | None = None
    changed: int = 0


class AccessRule(Struct, array_like=True, frozen=True):
    """Who may do what with a folder of a guest collection."""

    rule_id: str
    collection_id: str
    principal_type: PrincipalType
    principal: str
    """The id of an identity or group; empty for everybody."""
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


encode = msgspec.msgpack.Encoder().encode
_decode_collection = msgspec.msgpack.Decoder(Collection).decode


def collection(reader: Reader, collection_id: str) -> Collection | None:
    """Return a collection."""
    data = reader.get(COLLECTION.pack(collection_id))
    return None if data is None else _decode_collection(data)
