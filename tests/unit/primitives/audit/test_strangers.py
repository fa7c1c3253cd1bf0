"""A flood of requests by nobody fills neither the disk nor the log, and is told of."""

from lenticular.primitives.audit import CLOUD
from lenticular.primitives.audit.lookup import Query
from lenticular.primitives.audit.strangers import BURST, OMITTED, PER_SECOND

ALICE = "111111111111"


async def recorded(audit, account_id=CLOUD):
    page = await audit.look_up(Query(account_id, limit=10_000))
    return [found.event for found in reversed(page.found)]


async def test_a_flood_of_strangers_is_bounded_and_counted(audit, event, clock):
    for _ in range(BURST + 500):
        await audit.record([event(CLOUD, "ListUsers")])
    assert len(await recorded(audit)) == BURST
    clock.now += 2
    await audit.record([event(CLOUD, "Later")])
    *_, told, last = await recorded(audit)
    assert (told.event_name, told.request_parameters) == (OMITTED, {"count": 500})
    assert last.event_name == "Later"
    for _ in range(100):
        await audit.record([event(CLOUD, "ListUsers")])
    assert len(await recorded(audit)) == BURST + 2 + int(2 * PER_SECOND) - 1


async def test_those_who_are_known_are_never_left_out(audit, event):
    known = event(ALICE, "CreateUser")
    for _ in range(BURST + 10):
        await audit.record([event(CLOUD, "ListUsers"), known])
    assert len(await recorded(audit, ALICE)) == BURST + 10


async def test_what_the_cloud_itself_does_is_never_left_out(audit, event):
    own = event(CLOUD, "accounts.create", identity={"type": "LocalAdministrator"})
    for _ in range(BURST + 10):
        await audit.record([event(CLOUD, "ListUsers"), own])
    names = [each.event_name for each in await recorded(audit)]
    assert names.count("accounts.create") == BURST + 10
