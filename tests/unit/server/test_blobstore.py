"""A cloud whose keys several machines can have does not have its bytes on one of them."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.server.blobstore import BlobStoreError, join, place_of, stay


class Remote:
    """A store that takes every cloud."""

    async def join(self, cloud, *, begin):
        pass


async def test_the_folder_of_one_machine_is_not_that_of_another(tmp_path):
    store = MemoryStore()
    for _ in range(2):
        await stay(store, tmp_path / "one")
    with pytest.raises(BlobStoreError, match="several machines need a blob_store"):
        await stay(store, tmp_path / "other")
    with pytest.raises(BlobStoreError, match="several machines need a blob_store"):
        await join(store, Remote(), "s3://bucket", tmp_path / "other")
    assert (await place_of(store)).url == ""
    await stay(store, (tmp_path / "one").rename(tmp_path / "moved"))


async def test_a_cloud_without_blobs_may_go_to_another_store_with_all_machines(tmp_path):
    store = MemoryStore()
    await stay(store, tmp_path / "one")
    for folder in ("one", "other"):
        await join(store, Remote(), "s3://bucket", tmp_path / folder)
    with pytest.raises(BlobStoreError, match="set blob_store to that"):
        await stay(store, tmp_path / "one")


async def test_a_folder_that_nobody_else_can_have_the_keys_of_is_not_named(tmp_path):
    store = MemoryStore()
    await stay(store)
    assert (await place_of(store)).folder == ""
    await stay(store, tmp_path / "blobs")  # its keys have moved to where others are
    assert (await place_of(store)).folder
