"""Attacks on a share: paths, links, devices and races that are to lead out of it, or to block."""

import asyncio
import os
import socket
import threading

import pytest

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Announced, Folder, Place, Rule
from lenticular.engines.connectors.posix import locating
from lenticular.testing.conformance_connectors import coded, listed, read_file, write_file

EVERYTHING = (Rule("/", "rw"),)


@pytest.fixture(params=["openat2", "name by name"], autouse=True)
def way(request, monkeypatch):
    def missing(path, flags, folder):
        raise OSError(38, "Function not implemented")

    if request.param != "openat2":
        monkeypatch.setattr(locating, "open_beneath", missing)


@pytest.fixture
def share(tmp_path):
    """A share with a secret beside it."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret")
    share = tmp_path / "share"
    (share / "public" / "inner").mkdir(parents=True)
    (share / "private").mkdir()
    (share / "private" / "file").write_text("private")
    (share / "public" / "file").write_text("public")
    return share


def opened(share, *rules, prefix="/", folders=None):
    place = Place(Folder(str(share)), prefix=prefix, rules=rules or EVERYTHING)
    return open_place(place, folders=folders)


async def cannot_reach(connector, path):
    """Look whether nothing at all can be done with what a path seems to lead to."""
    for call in (connector.stat, connector.open_source):
        with coded("FILE_NOT_FOUND"):
            await call(path)
    with coded("FILE_NOT_FOUND"):
        await connector.checksum(path, "md5")
    assert await connector.read_many([path]) != []
    with coded("FILE_NOT_FOUND"):
        await listed(connector, path)


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/etc", "/etc/passwd", "../..", "../../secrets", "../../secrets/key"),
        *("/proc/self/root", "/proc/self/cwd", "/proc/self/fd/0", "/dev/zero", "/dev/stdin"),
        *("inner/../../../secrets/key", "../public/../../secrets/key", "loop", "."),
    ],
)
async def test_link_out_of_the_share(share, target):
    (share / "public" / "loop").symlink_to(target)
    connector = opened(share, Rule("/public/inner/", "rw"), Rule("/public/loop/", "rw"))
    await cannot_reach(connector, "/public/loop")
    with coded("FILE_NOT_FOUND"):
        await connector.open_writer("/public/loop/new", 3)


async def test_link_out_of_the_share_as_a_folder(share):
    (share / "public" / "out").symlink_to(share.parent / "secrets")
    connector = opened(share)
    await cannot_reach(connector, "/public/out/key")
    for call in (connector.remove, connector.make_folder):
        with coded("FILE_NOT_FOUND"):
            await call("/public/out/key")
    with coded("FILE_NOT_FOUND"):
        await connector.rename("/public/file", "/public/out/file")
    assert (await listed(connector, "/public"))["out"].target_kind == ""
    assert (share.parent / "secrets" / "key").read_text() == "secret"


async def test_link_to_what_no_rule_covers(share):
    (share / "public" / "near").symlink_to("file")
    (share / "public" / "uncovered").symlink_to("../private/file")
    (share / "public" / "there").symlink_to(share / "public" / "file")
    connector = opened(share, Rule("/public/", "rw"))
    await cannot_reach(connector, "/public/uncovered")
    assert await read_file(connector, "/public/near") == b"public"
    assert await read_file(connector, "/public/there") == b"public"  # absolute, but not out
    kinds = {
        name: entry.target_kind for name, entry in (await listed(connector, "/public")).items()
    }
    assert kinds == {"inner": "", "file": "", "near": "file", "uncovered": "", "there": "file"}


async def test_link_to_what_may_only_be_read(share):
    (share / "public" / "door").symlink_to("../private")
    connector = opened(share, Rule("/public/", "rw"), Rule("/private/", "r"))
    assert await read_file(connector, "/public/door/file") == b"private"
    with coded("PERMISSION_DENIED"):
        await connector.open_writer("/public/door/file", 1)
    for call in (connector.remove, connector.make_folder):
        with coded("PERMISSION_DENIED"):
            await call("/public/door/file")


async def test_link_in_place_of_a_shared_folder(share):
    """Who may write where the folder of another share is could make it a link to anywhere."""
    (share / "guest").symlink_to("private")
    for connector in (opened(share, prefix="/guest/"), opened(share, Rule("/guest/", "r"))):
        for path in ("/file", "/guest/file"):
            with coded("FILE_NOT_FOUND"):
                await connector.open_source(path)


async def test_writing_through_a_link_replaces_the_link(share):
    key = share.parent / "secrets" / "key"
    (share / "public" / "link").symlink_to(key)
    await write_file(opened(share), "/public/link", b"written")
    assert key.read_text() == "secret"
    assert not (share / "public" / "link").is_symlink()
    assert (share / "public" / "link").read_bytes() == b"written"


async def test_pipes_sockets_and_devices_are_not_opened(share):
    """Nor does anybody wait for the other end of a pipe."""
    os.mkfifo(share / "public" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(share / "public" / "s"))
        connector = opened(share)
        async with asyncio.timeout(30):
            for name in ("pipe", "s"):
                assert (await listed(connector, "/public"))[name].kind == "other"
                for call in (connector.open_source, lambda path: connector.open_writer(path, 1)):
                    with coded("NOT_SUPPORTED"):
                        await call(f"/public/{name}")
    for name in ("zero", "null"):
        with coded("NOT_SUPPORTED"):
            await opened("/dev", Rule("/", "r")).open_source(f"/{name}")


async def test_files_being_written_are_out_of_reach(share):
    connector = opened(share)
    writer = await connector.open_writer("/public/new", 10)
    (hidden,) = [path.name for path in (share / "public").glob(".lenticular*")]
    assert hidden not in await listed(connector, "/public")
    for call in (connector.stat, connector.open_source, connector.remove):
        with coded("INVALID_PATH"):
            await call(f"/public/{hidden}")
    mark = await writer.durable()
    with coded("CONNECTION_RESET"):  # two must not write at once
        await connector.open_writer("/public/new", 10, resume=mark)
    await writer.abort()


async def test_swapping_a_folder_for_a_link_meanwhile(share):
    """Whoever wins the race reads nothing but what was there."""
    stop = threading.Event()
    (share / "public" / "a").mkdir()
    (share / "public" / "a" / "key").write_text("harmless")

    def swap():
        here, there = share / "public" / "a", share / "public" / "b"
        while not stop.is_set():
            here.rename(there)
            here.symlink_to(share.parent / "secrets")
            here.unlink()
            there.rename(here)

    connector, found = opened(share), set()
    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(300):
            (whole,) = await connector.read_many(["/public/a/key"])
            found.add(getattr(whole, "data", b"fault"))
    finally:
        stop.set()
        swapping.join()
    assert found <= {b"harmless", b"fault"}


async def test_the_agents_own_folders_hold_whatever_the_cloud_says(share):
    announced = [
        Announced(str(share / "public"), "rw"),
        Announced(str(share / "public" / "inner"), "r"),
    ]
    (share / "public" / "inner" / "raw").write_text("raw")
    (share / "public" / "way").symlink_to("inner")
    connector = opened("/", folders=announced)
    root = str(share)
    assert await read_file(connector, f"{root}/public/inner/raw") == b"raw"
    for path in ("/etc/passwd", f"{root}/private/file", f"{root}/private"):
        with coded("FILE_NOT_FOUND"):
            await connector.stat(path)
    assert set(await listed(connector, root)) == {"public"}  # the way there, and no more
    for path in ("inner/raw", "way/raw", "INNER/raw"):
        with coded("PERMISSION_DENIED"):
            await connector.open_writer(f"{root}/public/{path}", 1)
    for path in ("public/inner", "public"):
        with coded("PERMISSION_DENIED"):
            await connector.rename(f"{root}/{path}", f"{root}/public/other")
    await write_file(connector, f"{root}/public/new", b"new")
    assert (share / "public" / "new").read_bytes() == b"new"


async def test_an_agent_without_folders_offers_nothing(share):
    with coded("FILE_NOT_FOUND"):
        await listed(opened(share, folders=[]), "/")


@pytest.mark.parametrize("swapped", ["home", "home/share"])
async def test_the_published_folder_itself_swapped_for_a_link(tmp_path, swapped):
    """Whose folder the server publishes may log in to its machine: the server reads much more."""
    share, data = tmp_path / "home" / "share", tmp_path / "data"
    for folder in (share, data / "share"):
        folder.mkdir(parents=True)
        (folder / "master.key").write_text(folder.parent.name)
    connector = opened(share)
    assert await read_file(connector, "/master.key") == b"home"
    (tmp_path / swapped).rename(tmp_path / "away")
    (tmp_path / swapped).symlink_to(data if swapped == "home" else data / "share")
    for each in (connector, opened(share)):
        await cannot_reach(each, "/master.key")
        with coded("FILE_NOT_FOUND"):
            await write_file(each, "/new", b"new")
