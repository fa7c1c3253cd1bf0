"""``lenticular events``: what was told, line by line."""

import asyncio
import json

from typer.testing import CliRunner

from lenticular.cli.application import application
from lenticular.primitives.events import Event, append
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import open_cloud

run = CliRunner().invoke


async def tell(data, *names):
    async with open_cloud(Configuration(data=data)) as cloud:
        for name in names:
            event = Event(name, "Object Created", "aws.s3", "1" * 12, "lab", (), {"key": name})
            await cloud.store.transact(lambda tx, event=event: append(tx, event))


def shown(data, *options):
    answer = run(application, ["events", "show", "--data", str(data), *options])
    assert answer.exit_code == 0, answer.output
    return [json.loads(line)["detail"]["key"] for line in answer.stdout.splitlines()]


def test_events_are_shown_in_their_order(tmp_path):
    asyncio.run(tell(tmp_path, "a", "b", "c"))
    assert shown(tmp_path) == ["a", "b", "c"]
    assert shown(tmp_path, "--after", "1", "--limit", "1") == ["b"]
    assert shown(tmp_path, "--after", "3") == []


def test_each_has_the_number_to_go_on_behind(tmp_path):
    asyncio.run(tell(tmp_path, "a", "b"))
    answer = run(application, ["events", "show", "--data", str(tmp_path)])
    assert [json.loads(line)["number"] for line in answer.stdout.splitlines()] == [1, 2]


def test_nothing_is_followed_where_no_cloud_runs(tmp_path):
    answer = run(application, ["events", "follow", "--data", str(tmp_path)])
    assert answer.exit_code == 1
    assert "no cloud runs" in str(answer.exception)
