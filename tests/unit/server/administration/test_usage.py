"""Usage as it is printed: by time, user and project, with its unit and its cost."""

from datetime import UTC, datetime

import pytest

from lenticular.primitives.meters import BYTES_OUT, STORAGE, WRITE, lines
from lenticular.primitives.meters.lines import HOUR, Line
from lenticular.server.administration.contract import Site
from lenticular.server.administration.usage import Asked, show
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import build_in_memory

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = int(MARCH.timestamp()) // 3600


@pytest.fixture
async def site(tmp_path):
    cloud = build_in_memory()
    account_id = (await cloud.identities.first_account()).account_id

    def use(tx):
        for day in range(2):
            for user, project in (("ann", "roads"), ("ben", "")):
                line = Line(account_id, "objects", WRITE, user, project)
                lines.add(tx, FIRST + 24 * day, line, 500)
        kept = Line(account_id, "objects", STORAGE, "ann", "")
        lines.add(tx, FIRST, kept, 1500 * HOUR)
        lines.add(tx, FIRST, Line(account_id, "objects", BYTES_OUT, "ann", ""), 2**30)

    await cloud.store.transact(use)
    yield Site(cloud, Configuration(data=tmp_path))
    await cloud.close()


async def shown(site, **asked):
    until = datetime(2026, 4, 1, tzinfo=UTC)
    return await show(site, Asked(since=MARCH, until=until, **asked))


async def test_all_at_once(site):
    found = [(each.meter, each.quantity, each.unit, each.cost_usd) for each in await shown(site)]
    assert found == [
        ("bytes_out", "1073741824", "bytes", "0.09"),
        ("storage", "1500", "byte-hours", "0"),
        ("write", "2000", "requests", "0.01"),
    ]


async def test_by_day_user_and_project(site):
    found = [
        (each.time, each.user, each.project, each.quantity)
        for each in await shown(site, each="day", by_user=True, by_project=True)
        if each.meter == WRITE
    ]
    assert found == [
        ("2026-03-01", "ann", "roads", "500"),
        ("2026-03-01", "ben", "", "500"),
        ("2026-03-02", "ann", "roads", "500"),
        ("2026-03-02", "ben", "", "500"),
    ]


async def test_by_month_and_by_hour(site):
    assert {each.time for each in await shown(site, each="month")} == {"2026-03"}
    times = {each.time for each in await shown(site, each="hour")}
    assert times == {"2026-03-01T00:00Z", "2026-03-02T00:00Z"}
