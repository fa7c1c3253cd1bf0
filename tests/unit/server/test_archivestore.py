"""The folder of the archive belongs to one cloud, and the cloud to it."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.server import archivestore
from lenticular.server.archivestore import MARKER_NAME, settle
from lenticular.server.blobstore import BlobStoreError


async def test_a_cloud_claims_its_folder_and_keeps_it(tmp_path):
    store, folder = MemoryStore(), tmp_path / "archive"
    assert await settle(store, "") is None
    for _ in range(2):
        assert await settle(store, str(folder)) == folder
    with pytest.raises(BlobStoreError, match="set archive_store"):
        await settle(store, "")
    moved = folder.rename(tmp_path / "moved")
    assert await settle(store, str(moved)) == moved


async def test_another_folder_is_refused(tmp_path):
    store, folder = MemoryStore(), tmp_path / "archive"
    await settle(store, str(folder))
    with pytest.raises(BlobStoreError, match="not mounted"):
        await settle(store, str(tmp_path / "other"))
    with pytest.raises(BlobStoreError, match="another cloud"):
        await settle(MemoryStore(), str(folder))
    (folder / MARKER_NAME).unlink()
    with pytest.raises(BlobStoreError, match="not mounted"):
        await settle(store, str(folder))


async def test_a_cloud_that_was_killed_while_it_claimed_its_folder_claims_it_again(
    tmp_path, monkeypatch
):
    store, folder = MemoryStore(), tmp_path / "archive"
    with monkeypatch.context() as patched:
        patched.setattr(archivestore, "_mark", marked_and_killed)
        with pytest.raises(KeyboardInterrupt):
            await settle(store, str(folder))
    assert (folder / MARKER_NAME).exists()
    assert await settle(store, str(folder)) == folder
    with pytest.raises(BlobStoreError, match="another cloud"):
        await settle(MemoryStore(), str(folder))


def marked_and_killed(path, claim, mark=archivestore._mark):
    mark(path, claim)
    raise KeyboardInterrupt
