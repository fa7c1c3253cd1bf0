"""Objects: buckets of named byte strings with versions, metadata, tags and access grants.

What S3 calls objects, Azure blobs, Google Cloud Storage objects and Swift containers'
contents are all kept here, once.
"""

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.accesslogs.logs import AccessLogs
from lenticular.primitives.objects.account_blocks import AccountBlocks
from lenticular.primitives.objects.buckets import Buckets
from lenticular.primitives.objects.completion import CompletedPart
from lenticular.primitives.objects.conditions import ALWAYS, ANY, Conditions
from lenticular.primitives.objects.copies import Copies, Source
from lenticular.primitives.objects.datakeys import (
    AS_BUCKET,
    BUCKET_ENCRYPTION,
    BucketEncryption,
    DataKeys,
    Wanted,
)
from lenticular.primitives.objects.deletion import Deleted, Deletions
from lenticular.primitives.objects.inventories import Inventories
from lenticular.primitives.objects.lifecycle import Lifecycles
from lenticular.primitives.objects.lifecycle.calendar import PACE, Pace
from lenticular.primitives.objects.listings import Listings, Page, VersionPage
from lenticular.primitives.objects.locks import Locks
from lenticular.primitives.objects.objects import Found, Objects
from lenticular.primitives.objects.parts import PartPage
from lenticular.primitives.objects.quotas import Quotas
from lenticular.primitives.objects.records import (
    COMPLIANCE,
    ENABLED,
    GOVERNANCE,
    NULL_VERSION,
    SUSPENDED,
    UNVERSIONED,
    Attributes,
    Bucket,
    BucketLock,
    DefaultRetention,
    Listed,
    Lock,
    Part,
    Upload,
    Version,
)
from lenticular.primitives.objects.settings import Settings
from lenticular.primitives.objects.upload_listings import UploadPage
from lenticular.primitives.objects.uploads import Uploads
from lenticular.primitives.objects.watches import Watches

__all__ = [
    "ALWAYS",
    "ANY",
    "AS_BUCKET",
    "BUCKET_ENCRYPTION",
    "COMPLIANCE",
    "ENABLED",
    "GOVERNANCE",
    "NULL_VERSION",
    "SUSPENDED",
    "UNVERSIONED",
    "Attributes",
    "Bucket",
    "BucketEncryption",
    "BucketLock",
    "Buckets",
    "CompletedPart",
    "Conditions",
    "Copies",
    "DataKeys",
    "DefaultRetention",
    "Deleted",
    "Deletions",
    "Found",
    "Lifecycles",
    "Listed",
    "Listings",
    "Lock",
    "Locks",
    "ObjectStorage",
    "Objects",
    "Pace",
    "Page",
    "Part",
    "PartPage",
    "Settings",
    "Source",
    "Upload",
    "UploadPage",
    "Uploads",
    "Version",
    "VersionPage",
    "Wanted",
]


class ObjectStorage:
    """All of the objects primitive over one store and its contents."""

    def __init__(
        self,
        store: KeyValueStore,
        contents: Contents,
        pace: Pace = PACE,
        data_keys: DataKeys | None = None,
    ) -> None:
        self.data_keys = data_keys or DataKeys(store)
        self.buckets = Buckets(store, contents)
        self.settings = Settings(store)
        self.account_blocks = AccountBlocks(store)
        self.quotas = Quotas(store)
        self.objects = Objects(store, contents, self.data_keys)
        self.copies = Copies(store, contents, self.objects)
        self.locks = Locks(store, contents, self.buckets, self.objects)
        self.deletions = Deletions(store, contents)
        self.lifecycles = Lifecycles(store, contents, self.deletions, pace)
        self.listings = Listings(store)
        self.uploads = Uploads(store, contents, self.objects)
        self.watches = Watches(store)
        self.access_logs = AccessLogs(store, self.objects)
        self.inventories = Inventories(store, self.objects)
