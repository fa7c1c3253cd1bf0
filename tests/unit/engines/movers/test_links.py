"""Links that are asked for by name, from folder to folder and to another agent's."""

import pytest

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Folder, Peer, Place
from lenticular.engines.movers.contract import Item, Job
from lenticular.engines.movers.https import HttpsMover
from lenticular.testing.doors import SHOWN, open_door

from .memory import QUICK, Cloud


@pytest.mark.parametrize("target", ["file", "../other", "sub/../file"])
async def test_a_link_is_made_as_it_is(target, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "a").mkdir(parents=True)
    there.mkdir()
    (here / "a" / "link").symlink_to(target)
    cloud = await _link(here, there)
    assert cloud.ended.how == "succeeded"
    assert (there / "b" / "link").readlink().as_posix() == target


@pytest.mark.parametrize("target", ["../../out", "/etc/passwd", "sub/../../../out"])
async def test_a_link_that_would_lead_out_is_not_made(target, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "a").mkdir(parents=True)
    there.mkdir()
    (here / "a" / "link").symlink_to(target)
    cloud = await _link(here, there)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "NOT_SUPPORTED")
    assert not [path for path in there.rglob("*") if path.is_symlink()]


async def _link(here, there):
    cloud = Cloud(Item("/a/link", "/b/link", is_symlink=True))
    async with open_door() as door:
        door.cloud.let_in(there)
        job = cloud.job()
        places = {
            "source": Place(Folder(str(here))),
            "destination": Place(Peer((door.url,), SHOWN)),
        }
        mover = HttpsMover(
            lambda place: open_place(places[place.at.root], peer=PeerFiles), pace=QUICK
        )
        assert isinstance(job, Job)
        await mover.run(job, cloud)
    return cloud
