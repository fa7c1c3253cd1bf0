"""``lenticular metrics``: what was measured of a bucket."""

import asyncio
import json
import time

from typer.testing import CliRunner

from lenticular.cli.application import application
from lenticular.primitives.metrics import Series
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import open_cloud
from lenticular.testing.values import make_principal

run = CliRunner().invoke
ALICE = make_principal("alice")


def metrics(tmp_path, *arguments):
    return run(application, ["metrics", *arguments, "--data", str(tmp_path)])


async def measure(tmp_path):
    async with open_cloud(Configuration(data=tmp_path)) as cloud:
        for name in ("samples", "others"):
            await cloud.storage.buckets.create(ALICE, name, region="us-east-1")
        await cloud.storage_metrics.count_when_due()
        for name, ago in (("samples", 60), ("samples", 5 * 3600), ("others", 60)):
            dimensions = (("BucketName", name), ("FilterId", "all"))
            series = Series(ALICE.account_id, "AWS/S3", "GetRequests", dimensions)
            cloud.metrics.count(series, 1, time.time() - ago)


def test_metrics_of_a_bucket_are_shown(tmp_path):
    asyncio.run(measure(tmp_path))
    shown = json.loads(metrics(tmp_path, "samples", "--json").stdout)
    [requests] = [each for each in shown if each["metric"] == "GetRequests"]
    assert requests["dimensions"] == {"FilterId": "all"}
    assert (requests["sum"], requests["sample_count"], requests["period"]) == (1, 1, 60)
    assert {each["metric"] for each in shown} == {
        *("GetRequests", "NumberOfObjects", "BucketSizeBytes"),
    }
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 2 * 86400))
    shown = json.loads(metrics(tmp_path, "samples", "--since", since, "--json").stdout)
    assert len([each for each in shown if each["metric"] == "GetRequests"]) == 2
    table = metrics(tmp_path, "samples").stdout
    assert "NumberOfObjects" in table
    assert "AllStorageTypes" in table


def test_of_a_bucket_that_is_not_there(tmp_path):
    answer = metrics(tmp_path, "none")
    assert answer.exit_code == 1
    assert "none" in str(answer.exception)
