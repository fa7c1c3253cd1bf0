"""The blob store in another store of objects: Amazon S3, Azure Blob Storage, Google Cloud Storage.

Any store that speaks the S3 interface will do. What lies there is told in `layout`.
"""

from lenticular.engines.blobs.remote.bucket import Bucket, SettingsInvalid
from lenticular.engines.blobs.remote.store import ForeignStore, RemoteBlobs

__all__ = ["Bucket", "ForeignStore", "RemoteBlobs", "SettingsInvalid"]
