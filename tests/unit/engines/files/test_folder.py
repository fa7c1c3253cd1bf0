"""Places of named files: a folder, and a bucket of another store, keep the same contract."""

import os
import time

import pytest

from lenticular.engines.blobs.remote import Bucket
from lenticular.engines.files.folder import FolderFiles


@pytest.fixture(params=["folder", "bucket"])
def files(request, tmp_path):
    if request.param == "folder":
        return FolderFiles(tmp_path / "files")
    seaweedfs = request.getfixturevalue("seaweedfs")
    place = f"s3://{seaweedfs.new_place()}"
    return Bucket.open(place, seaweedfs.settings, {}, 10)


async def test_files_are_kept_replaced_and_removed(files):
    assert await files.get("a/b") is None
    assert await files.size("a/b") is None
    await files.put("a/b", b"one")
    await files.put("a/c", bytearray(b""))
    assert await files.get("a/b") == b"one"
    await files.put("a/b", b"longer")
    assert (await files.get("a/b"), await files.size("a/b")) == (b"longer", 6)
    assert await files.size("a/c") == 0
    assert {name async for name in files.names("a")} == {"b", "c"}
    await files.delete("a/b", "a/never")
    assert {name async for name in files.names("a")} == {"c"}
    assert [name async for name in files.names("nowhere")] == []


async def test_of_two_that_are_first_one_wins(files):
    await files.put_first("head", b"one")
    await files.put_first("head", b"two")
    assert await files.get("head") == b"one"


async def test_only_the_owner_may_look_into_a_folder(tmp_path):
    files = FolderFiles(tmp_path / "files")
    await files.put("a/b", b"secret")
    made = [tmp_path / "files", *(tmp_path / "files").rglob("*")]
    assert len(made) == 4
    assert all(path.stat().st_mode & 0o077 == 0 for path in made)


async def test_what_killed_writers_left_is_removed_after_a_day(tmp_path):
    files = FolderFiles(tmp_path)
    await files.put("a", b"whole")
    left, fresh = tmp_path / "incoming/left", tmp_path / "incoming/fresh"
    left.write_bytes(b"half")
    fresh.write_bytes(b"half")
    long_ago = time.time() - 25 * 3600
    os.utime(left, (long_ago, long_ago))
    await files.sweep()
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["fresh"]
    assert await files.get("a") == b"whole"
