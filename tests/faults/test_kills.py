"""SIGKILL at any moment: what was acknowledged is there, and nothing half-written is.

Here a few times; ``python -m tests.faults.kills`` (``make faults``) does it by the thousand.
"""

import asyncio

import pytest

from lenticular.engines.blobs.disk import DiskBlobs
from lenticular.server.blobplaces import BLOBS_NAME
from lenticular.server.process import hold

from . import seeds
from .campaign import LOAD, START, STOP, Campaign
from .judge import LOST, RESURRECTED, TORN
from .server import Server
from .tally import FAULTS, ORPHANS, Tally
from .writers import LARGE, ItemWriter, ObjectWriter


@pytest.fixture
def tally():
    return Tally()


@pytest.fixture
def campaign(zygote, tally, tmp_path):
    server = Server(tmp_path / "cloud", zygote=zygote)
    campaign = Campaign(server, tmp_path / "journals", tally)
    campaign.begin()
    yield campaign
    campaign.close()


def test_nothing_acknowledged_is_lost_and_nothing_half_written_is_seen(campaign, tally):
    for kind in (LOAD, "commit", START, "acknowledgement", STOP, "blob"):
        campaign.cycle(kind)
    campaign.finish()
    totals = tally.totals()
    print(tally.table())
    assert not tally.evidence
    assert not any(totals[fault] for fault in FAULTS)
    assert totals["kills"] >= 5
    assert totals["acknowledged"] > totals["kills"]
    assert totals["under way"]


def writers(campaign):
    """Return a writer of objects and one of items, to be told what to do."""
    made = {}
    for kind, client in ((ObjectWriter, campaign.s3), (ItemWriter, campaign.dynamodb)):
        made[kind] = kind(client, campaign.journals[f"{kind.__name__}0"][1], 0)
    return made.values()


def live(campaign, seed, *steps):
    """Have the server, with a fault or none, acknowledge what `steps` ask for; kill it."""
    campaign.server.seed = seed
    campaign.server.start()
    for step in steps:
        step()
    campaign.server.kill()
    campaign.server.seed = ""


def verdict(campaign, tally):
    """Return how many faults of each kind a server without one is found to have."""
    campaign.server.start()
    campaign.verify(fully=False)
    totals = tally.totals()
    return {fault: totals[fault] for fault in FAULTS if totals[fault]}


def test_server_that_acknowledges_before_it_commits_is_found(campaign, tally):
    objects, items = writers(campaign)
    gone, new, item = (f"{objects.name}/1", f"{objects.name}/2", f"{items.name}/1")
    live(campaign, "", lambda: objects.put(gone, 1000))
    live(
        campaign,
        seeds.EARLY,
        lambda: objects.delete(gone),
        lambda: objects.put(new, LARGE),
        lambda: items.put(item),
    )
    assert verdict(campaign, tally) == {RESURRECTED: 1, LOST: 2}
    assert gone in tally.evidence[-1] + tally.evidence[0]


def test_torn_value_is_found(campaign, tally):
    objects, _ = writers(campaign)
    live(campaign, seeds.TRUNCATED, lambda: objects.put(f"{objects.name}/1", LARGE))
    assert verdict(campaign, tally) == {TORN: 1}


def test_content_that_nothing_points_at_is_found(campaign, tally):
    objects, _ = writers(campaign)
    at = f"{objects.name}/1"
    live(campaign, seeds.LEAKING, lambda: objects.put(at, LARGE), lambda: objects.put(at, 10))
    campaign.finish()
    assert tally.totals()[ORPHANS] == 2  # a blob, and the record of it


def test_blobs_that_nothing_points_at_are_swept_at_the_start(zygote, tmp_path):
    server = Server(tmp_path / "cloud", zygote=zygote)
    server.start()
    server.stop()
    with hold(server.data):
        asyncio.run(leave_orphan(server.data / BLOBS_NAME))
    assert len(server.blob_files()) == 1
    server.start()
    server.wait_until(lambda: not server.blob_files(), "the orphan is swept")
    server.kill()


async def leave_orphan(folder):
    blobs = await DiskBlobs.open(folder)
    async with blobs.create() as writer:
        await writer.write(b"committed, and then the server was killed")
        await writer.commit()
    await blobs.close()
