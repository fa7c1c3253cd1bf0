"""What goes wrong with the files of a machine: full disks, quotas, changes while reading."""

import errno
import os
import re

import pytest

from lenticular.engines.connectors.contract import Entry, Fault, Parcel
from lenticular.engines.connectors.posix import PosixFiles, bundles, writer
from lenticular.testing.conformance_connectors import coded, listed, write_file

MIB = 1024 * 1024


@pytest.fixture
def files(tmp_path):
    return PosixFiles(str(tmp_path))


def failing(code):
    def fail(*arguments, **named):
        raise OSError(code, os.strerror(code))

    return fail


async def test_a_file_that_does_not_fit_is_refused_at_once(files):
    with coded("NO_SPACE_LEFT"):
        await files.open_writer("/file", 2**62)
    assert await listed(files, "/") == {}


@pytest.mark.parametrize(
    ("code", "told"), [(errno.ENOSPC, "NO_SPACE_LEFT"), (errno.EDQUOT, "QUOTA_EXCEEDED")]
)
@pytest.mark.parametrize("call", ["pwrite", "fsync", "replace"])
async def test_a_full_disk_is_told_and_leaves_the_old_file(
    files, tmp_path, monkeypatch, code, told, call
):
    await write_file(files, "/file", b"before")
    opened = await files.open_writer("/file", 5)
    with monkeypatch.context() as patched:
        patched.setattr(writer.os, call, failing(code))
        with coded(told):
            await opened.write(0, b"after")
            await opened.commit(5)
        (result,) = await files.write_many([Parcel("/file", b"after")])
        assert isinstance(result, Fault)
        assert result.code == told
    await opened.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"before"


async def test_a_full_disk_is_told_of_many_files(files, tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "sync_file_system", failing(errno.ENOSPC))
    parcels = [Parcel(f"/{number}", b"data") for number in range(20)]
    with coded("NO_SPACE_LEFT"):
        await files.write_many(parcels)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [3, 300])
async def test_a_bundle_is_durable_with_or_without_syncfs(files, tmp_path, monkeypatch, count):
    parcels = [Parcel(f"/{number}", b"%d" % number, 1e9) for number in range(count)]
    for has_it in (True, False):
        monkeypatch.setattr(bundles, "CAN_SYNC_FILE_SYSTEM", has_it)
        written = await files.write_many(parcels)
        assert all(isinstance(each, Entry) and each.modified == 1e9 for each in written)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
            str(number): str(number) for number in range(count)
        }


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.truncate(path, MIB),
        lambda path: os.truncate(path, 0),
        lambda path: path.write_bytes(bytes(5 * MIB)),
        lambda path: path.open("ab").close() or os.utime(path, (1, 1)),
    ],
)
async def test_a_source_that_changes_is_noticed(files, tmp_path, change):
    (tmp_path / "file").write_bytes(bytes(4 * MIB))
    source = await files.open_source("/file")
    reading = source.read(0, 4 * MIB)
    assert await anext(reading)
    change(tmp_path / "file")
    with coded("FILE_SIZE_CHANGED"):
        assert [chunk async for chunk in reading] == []
    await source.close()


async def test_a_source_that_is_replaced_is_read_as_it_was(files, tmp_path):
    (tmp_path / "file").write_bytes(b"before")
    source = await files.open_source("/file")
    (tmp_path / "new").write_bytes(b"after!")
    (tmp_path / "new").rename(tmp_path / "file")
    assert b"".join([bytes(chunk) async for chunk in source.read(0, 6)]) == b"before"
    assert (await files.stat("/file")).version != source.entry.version
    await source.close()


async def test_permissions_of_a_file_stay_when_it_is_replaced(files, tmp_path):
    await write_file(files, "/file", b"before")
    (tmp_path / "file").chmod(0o640)
    assert (await write_file(files, "/file", b"after")).permissions == "0640"


async def test_names_that_are_no_text_are_told(files, tmp_path):
    (tmp_path / "\udcff").touch()
    (tmp_path / "text").touch()
    pages = [page async for page in files.entries("/")]
    told = {getattr(each, "name", getattr(each, "code", "")) for page in pages for each in page}
    assert told == {"INVALID_PATH", "text"}


async def test_what_was_begun_long_ago_is_removed(files, tmp_path):
    opened = await files.open_writer("/file", 10)
    await opened.suspend()
    (hidden,) = tmp_path.iterdir()
    assert re.fullmatch(r"\.lenticular-[0-9a-f]{32}\.part", hidden.name)
    assert await listed(files, "/") == {}
    assert hidden.exists()
    os.utime(hidden, (1, 1))
    assert await listed(files, "/") == {}
    assert not hidden.exists()


async def test_a_folder_with_nothing_but_what_was_begun_is_empty(files, tmp_path):
    await files.make_folder("/folder")
    opened = await files.open_writer("/folder/file", 10)
    await opened.suspend()
    await files.remove("/folder")
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_is_gone_is_told(tmp_path):
    with coded("FILE_NOT_FOUND"):
        await PosixFiles(str(tmp_path / "gone")).stat("/")
