"""Collections: files of any place under one id, what they are shared with whom, and bookmarks."""

from lenticular.primitives.collections.collections import Collections
from lenticular.primitives.collections.errors import (
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
    BUILT_IN,
    AccessRule,
    Bookmark,
    Collection,
    Role,
    RoleName,
)

__all__ = [
    "BUILT_IN",
    "AccessRule",
    "Bookmark",
    "Collection",
    "CollectionDeleted",
    "CollectionError",
    "CollectionNotFound",
    "Collections",
    "EntryExists",
    "EntryNotFound",
    "InputInvalid",
    "LimitExceeded",
    "NotSupported",
    "PermissionDenied",
    "Role",
    "RoleName",
]
