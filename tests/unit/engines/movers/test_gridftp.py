"""The mover of GridFTP, between two real servers."""

import asyncio
import contextlib
import os
import re
from functools import partial

import msgspec
import pytest

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Announced, Folder, Place, Rule
from lenticular.engines.movers.contract import Verdict
from lenticular.engines.movers.gridftp import GridFtpMover
from lenticular.testing.gridftp import gridftp_server, is_installed, shared_folders

from .memory import QUICK, Cloud

pytestmark = pytest.mark.skipif(not is_installed(), reason="GridFTP's programs are not installed")


EVERYTHING = (Rule("/", "rw"),)


@contextlib.contextmanager
def serving(root):
    """Serve the machine's files to anonymous users, and yield the URL of a folder there."""
    with gridftp_server() as url:
        yield f"{url}{root}"


@pytest.fixture
def ends():
    """Two folders that anybody may use."""
    with shared_folders("source", "destination") as folders:
        yield folders


async def _move(ends, urls, *items, rules=EVERYTHING, **options):
    cloud = Cloud(*items, options=options)
    source, destination = (
        Place(Folder(str(end)), rules=rules, gridftp=url)
        for end, url in zip(ends, urls, strict=True)
    )
    job = msgspec.structs.replace(cloud.job(), source=source, destination=destination)
    pace = msgspec.structs.replace(QUICK, streams=2)
    before = os.umask(0)
    try:
        mover = GridFtpMover(open_place, pace=pace)
        await asyncio.wait_for(mover.run(job, cloud), 40)
    finally:
        os.umask(before)
    return cloud, mover.carrier(job)


async def test_files_go_from_server_to_server(ends):
    source, destination = ends
    files = {"one": b"1" * 100_000, 'a b/tw"o%': b"2", "é/*?": b"3", "empty": b""}
    for name, data in files.items():
        path = source / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with serving(source) as here, serving(destination) as there:
        cloud, carrier = await _move(ends, (here, there), ("/in", "/out"), preserve_timestamp=False)
    assert carrier is not None
    assert cloud.ended.how == "succeeded", cloud.ended
    found = {
        str(path.relative_to(destination / "out")): path.read_bytes()
        for path in destination.rglob("*")
        if path.is_file()
    }
    assert found == files
    assert cloud.told.faults == 0, cloud.events
    assert {moved.algorithm for moved in cloud.moved} == {"crc64nvme"}
    by_server = {
        path.name for path in destination.rglob("*") if path.is_file() and path.stat().st_uid
    }
    assert by_server == ({"one", 'tw"o%', "empty"} if os.geteuid() == 0 else set())


async def test_what_is_not_whole_is_told(ends):
    source, _ = ends
    (source / "one").write_bytes(b"1")
    with serving(source) as here:
        closed = re.sub(r":\d+/", ":1/", here)

        cloud = Cloud(("/one", "/two"))
        cloud.verdict = lambda report: Verdict("stop" if report.counts.faults else "go on")
        places = [
            Place(Folder(str(ends[0])), gridftp=here),
            Place(Folder(str(ends[1])), gridftp=closed),
        ]
        job = msgspec.structs.replace(cloud.job(), source=places[0], destination=places[1])
        await asyncio.wait_for(GridFtpMover(open_place, pace=QUICK).run(job, cloud), 40)
    assert set(cloud.codes()) == {"CONNECT_FAILED"}


@pytest.mark.parametrize(
    ("urls", "rules", "options"),
    [
        (("ftp://a/", ""), EVERYTHING, {}),
        (("ftp://a/", "ftp://b/"), (Rule("/x/", "rw"),), {}),
        (("ftp://a/", "ftp://b/"), EVERYTHING, {"encrypt_data": True}),
    ],
)
async def test_others_go_over_https(ends, urls, rules, options):
    (ends[0] / "x").mkdir()
    (ends[0] / "x" / "file").write_bytes(b"1")
    (ends[1] / "x").mkdir()
    cloud, carrier = await _move(ends, urls, ("/x/file", "/x/other"), rules=rules, **options)
    assert carrier is None
    assert cloud.ended.how == "succeeded"
    assert (ends[1] / "x" / "other").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("offered", "code"), [("r", "PERMISSION_DENIED"), ("elsewhere", "FILE_NOT_FOUND")]
)
async def test_a_server_writes_nowhere_where_the_agent_lets_nobody(ends, offered, code):
    source, destination = ends
    (source / "file").write_bytes(b"1")
    inside = destination / "inside"
    inside.mkdir()
    folders = [Announced(str(source), "rw")]
    folders.append(
        Announced(str(destination), "r") if offered == "r" else Announced(str(inside), "rw")
    )
    cloud = Cloud((f"{source}/file", f"{destination}/file"))
    cloud.verdict = lambda report: Verdict("stop" if report.counts.faults else "go on")
    with gridftp_server() as url:
        place = Place(Folder("/"), gridftp=f"{url}/")
        job = msgspec.structs.replace(cloud.job(), source=place, destination=place)
        mover = GridFtpMover(partial(open_place, folders=folders), pace=QUICK)
        await asyncio.wait_for(mover.run(job, cloud), 40)
    assert mover.carrier(job) is not None
    assert set(cloud.codes()) == {code}
    assert [path.name for path in destination.iterdir()] == ["inside"]


async def test_without_the_program_files_go_over_https(ends):
    place = Place(Folder(str(ends[0])), gridftp="ftp://127.0.0.1:1/")
    cloud = Cloud(("/file", "/other"))
    job = msgspec.structs.replace(cloud.job(), source=place, destination=place)
    assert GridFtpMover(open_place, program="no-such-program").carrier(job) is None
