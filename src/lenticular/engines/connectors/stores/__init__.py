"""Files in an object store: S3, Azure Blob Storage, Google Cloud Storage, reached by obstore.

A folder is there as long as a key begins with it. Names that keys may have and paths may not
(empty ones, control characters) are told in listings and cannot be used. A file is written
whole: nobody sees it, and the one it replaces stays, until its last part is there.
"""

from lenticular.engines.connectors.stores.files import StoreFiles
from lenticular.engines.connectors.stores.settings import open_store

__all__ = ["StoreFiles", "open_store"]
