"""The places in which backups can be, opened: names the engines of files, beside `wiring`."""

from pathlib import Path

from lenticular.engines.blobs.contract import BlobStore
from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.engines.blobs.tiered import TieredBlobs
from lenticular.engines.files.contract import Files
from lenticular.engines.files.folder import FolderFiles
from lenticular.server.blobplaces import BLOBS_NAME
from lenticular.server.blobstore import BlobStoreError, read_settings_file

ARCHIVE_NAME = "archive"
"""The folder of archived blobs in a data folder that was restored."""

_PATIENCE = 60.0
"""Seconds for which a request to another store is repeated."""


async def open_files(target: str, settings: Path | None) -> Files:
    """Open the place that `target` names: a folder, or s3://, az:// or gs:// and so on.

    `settings` is a file as ``blob_store.toml``, for a place in another store. Raises
    `BlobStoreError`.
    """
    if "://" not in target:
        folder = _folder(target)
        await folder.sweep()
        return folder
    from lenticular.engines.blobs.remote import Bucket, SettingsInvalid

    own, client = read_settings_file(settings) if settings is not None else ({}, {})
    try:
        return Bucket.open(target, own, client, _PATIENCE)
    except SettingsInvalid as error:
        raise BlobStoreError(f"{error}; see docs/backups.md") from None


def _folder(target: str) -> FolderFiles:
    return FolderFiles(Path(target).expanduser().absolute())


async def open_new_blobs(data: Path) -> BlobStore:
    """Open the blobs of a data folder that is being restored, with an archive in it."""
    first = await DiskBlobs.open(data / BLOBS_NAME)
    return TieredBlobs(first, await DiskBlobs.open(data / ARCHIVE_NAME))
