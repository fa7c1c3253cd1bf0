"""Collections: files of any place under one id, what they are shared with whom, and bookmarks."""

from lenticular.primitives.collections.collections import Collections
from lenticular.primitives.collections.creation import NewMapped
from lenticular.primitives.collections.details import Details
from lenticular.primitives.collections.errors import (
    BookmarkNotFound,
    CollectionDeleted,
    CollectionError,
    CollectionNotFound,
    EntryExists,
    EntryNotFound,
    InputInvalid,
    LimitExceeded,
    NotSupported,
    PermissionDenied,
)
from lenticular.primitives.collections.records import (
    AccessRule,
    Bookmark,
    Collection,
    Entity,
    Kind,
    Origin,
    PauseRule,
    PrincipalType,
    Role,
    RoleName,
)
from lenticular.primitives.collections.rights import Person
from lenticular.primitives.collections.rules import MAILED, AccessList, Inviter, NewRule
from lenticular.primitives.collections.searching import SCOPES, Match, Scope, Search
from lenticular.primitives.collections.views import Served, View

__all__ = [
    "MAILED",
    "SCOPES",
    "AccessList",
    "AccessRule",
    "Bookmark",
    "BookmarkNotFound",
    "Collection",
    "CollectionDeleted",
    "CollectionError",
    "CollectionNotFound",
    "Collections",
    "Details",
    "Entity",
    "EntryExists",
    "EntryNotFound",
    "InputInvalid",
    "Inviter",
    "Kind",
    "LimitExceeded",
    "Match",
    "NewMapped",
    "NewRule",
    "NotSupported",
    "Origin",
    "PauseRule",
    "PermissionDenied",
    "Person",
    "PrincipalType",
    "Role",
    "RoleName",
    "Scope",
    "Search",
    "Served",
    "View",
]
