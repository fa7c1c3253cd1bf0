"""Storage classes: which of them archive, and which way objects move between them.

Amazon S3 User Guide, "Understanding and managing Amazon S3 storage classes" and
"Transitioning objects using Amazon S3 Lifecycle".
"""

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.contents import Content, Contents
from lenticular.primitives.objects.errors import ObjectArchived, VersionIsMarker
from lenticular.primitives.objects.keys import ARCHIVING
from lenticular.primitives.objects.records import Bucket, Listed, Version

GLACIER = "GLACIER"
DEEP_ARCHIVE = "DEEP_ARCHIVE"

WATERFALL = (
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    GLACIER,
    DEEP_ARCHIVE,
)
"""The classes that objects move to, in the only order in which they do."""

ARCHIVES = frozenset({GLACIER, DEEP_ARCHIVE})
"""The classes whose objects are restored before they can be read."""


def level(storage_class: str) -> int:
    """Return how far down the waterfall a class is; 0 for those that objects only start in."""
    return WATERFALL.index(storage_class) + 1 if storage_class in WATERFALL else 0


def is_archived(version: Listed) -> bool:
    """Tell whether a version must be restored before it can be read."""
    return version.storage_class in ARCHIVES


def note_archived(
    tx: Transaction, contents: Contents, bucket: Bucket, key: str, version: Version
) -> None:
    """Leave word that a version's bytes belong in the archive, if there is one and they do."""
    if contents.tiers is not None and is_archived(version):
        tx.set(ARCHIVING.pack(bucket.name, bucket.uid, key, version.version_id), b"")


def readable_content(key: str, version: Version) -> Content:
    """Return the content that a reader of a version is given.

    Raises `VersionIsMarker` for a delete marker, and `ObjectArchived` for a version that is
    archived and has no restored copy.
    """
    if version.content is None:
        raise VersionIsMarker(key, version.version_id, version.modified)
    if not is_archived(version):
        return version.content
    restoration = version.restoration
    if restoration is None or not restoration.until:
        raise ObjectArchived(key, version.storage_class)
    return restoration.content or version.content
