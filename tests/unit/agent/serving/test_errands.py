"""What an agent tries with the ticket of a task: to get at more than the task is about.

Somebody has one file sent to a machine that is not theirs: that machine's agent may run the
task, and is let in where they are. Each test is named after the attack.
"""

import pytest
from msgspec.structs import replace

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer, Rule
from lenticular.testing.doors import COLLECTION


@pytest.fixture
async def errand(door, root):
    """Let an agent in for a task that is about some paths."""
    opened = []

    def let_in(*paths, permission="rw"):
        ticket = f"ticket-{len(opened)}"
        door.cloud.let_in(root, Rule("/", permission), token=ticket)
        key = COLLECTION, ticket
        door.cloud.admissions[key] = replace(door.cloud.admissions[key], paths=paths)
        opened.append(PeerFiles(Peer((door.url,), ticket)))
        return opened[-1]

    yield let_in
    for files in opened:
        await files.close()


async def read(files, path):
    source = await files.open_source(path)
    try:
        return b"".join([bytes(data) async for data in source.read(0, source.entry.size)])
    finally:
        await source.close()


async def write(files, path, data=b"new"):
    writer = await files.open_writer(path, len(data))
    try:
        await writer.write(0, data)
        return await writer.commit(len(data))
    except BaseException:
        await writer.abort()
        raise


async def refused(doing, code):
    with pytest.raises(Fault) as caught:
        await doing
    assert caught.value.code == code


@pytest.fixture
def tree(root):
    for folder in ("run", "private"):
        (root / folder / "inner").mkdir(parents=True)
        (root / folder / "inner" / "file").write_text(folder)
    return root


async def test_reading_what_was_not_sent(errand, tree):
    files = errand("/run", permission="r")
    assert await read(files, "/run/inner/file") == b"run"
    for path in ("/private/inner/file", "/runaway", "/private"):
        await refused(files.stat(path), "FILE_NOT_FOUND")
    await refused(read(files, "/private/inner/file"), "FILE_NOT_FOUND")
    found = [entry.name async for page in files.entries("/") for entry in page]
    assert found == ["run"]


async def test_writing_where_nothing_was_to_come(errand, tree):
    files = errand("/run")
    await write(files, "/run/new")
    assert (tree / "run" / "new").read_text() == "new"
    await refused(write(files, "/private/new"), "FILE_NOT_FOUND")
    await refused(files.remove("/private/inner/file"), "FILE_NOT_FOUND")
    await refused(files.rename("/run/new", "/private/new"), "FILE_NOT_FOUND")
    await refused(files.make_folder("/elsewhere"), "FILE_NOT_FOUND")
    await refused(files.remove("/run"), "PERMISSION_DENIED")


async def test_writing_elsewhere_by_a_link_of_ones_own(errand, tree):
    files = errand("/run")
    await files.make_link("/run/out", "../private/inner")
    await refused(write(files, "/run/out/file"), "FILE_NOT_FOUND")
    await refused(read(files, "/run/out/file"), "FILE_NOT_FOUND")
    assert (tree / "private" / "inner" / "file").read_text() == "private"


async def test_what_a_task_is_about_can_still_be_done(errand, tree):
    (tree / "latest").symlink_to("run/inner")
    files = errand("/latest", permission="r")
    assert await read(files, "/latest/file") == b"run"
    files = errand("/new/folder/file", "/run")
    for folder in ("/new", "/new/folder"):
        await files.make_folder(folder)
    await refused(files.make_folder("/new/other"), "FILE_NOT_FOUND")
    await write(files, "/new/folder/file")
    assert (tree / "new" / "folder" / "file").read_text() == "new"
