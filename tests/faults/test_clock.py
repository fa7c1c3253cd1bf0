"""The clock of a running server leaps ahead by a year, and back by a day."""

import os
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from . import raw
from .server import Server

OWN_TIME = Path(__file__).with_name("owntime.py")

DAY = 86400
LARGE = 4_000_000

LEAPT = 11 if os.environ.get("FAULTS") == "long" else 3
"""Seconds for which the clock is wrong: sweeps come by each second, lifecycles every two, and
whoever removes items of tables every ten."""


class OwnTime(Server):
    """A server with a clock of its own, which can be set while it runs."""

    def __init__(self, data: Path, clock: Path, **settings: object) -> None:
        super().__init__(data, **settings)
        self.clock = clock
        self.set_clock(0)

    def set_clock(self, ahead: int) -> None:
        """Set the clock by so many seconds ahead of the right time."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(ahead))
        new.replace(self.clock)

    def command(self, *arguments: str) -> list[str]:
        command = super().command(*arguments)
        if arguments[0] != "start":
            return command
        module = command.index("-m")
        return [command[0], str(OWN_TIME), str(self.clock), *command[module + 2 :]]


@pytest.fixture
def server(tmp_path):
    # A day of lifecycles lasts 8 s, so that they are looked at every 2 s.
    server = OwnTime(tmp_path / "cloud", tmp_path / "clock", sweep_interval=1, lifecycle_day=8)
    server.start()
    yield server
    server.close()


def test_leaps_of_the_clock(server, s3, bucket):
    """Nothing is removed by its age, nothing under way is lost, and all is well afterwards."""
    table = server.client("dynamodb")
    expiry = int(time.time()) + 10 * DAY
    make_table(table, expiry)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": DAY // 8}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    content = os.urandom(LARGE)
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"{number}", Body=content)
    keys = ["0", "1", "2"]
    for leap in (365 * DAY, -DAY):
        keys.append(f"under-way{leap}")
        leap_during_upload(server, s3, f"/{bucket}/{keys[-1]}", content, leap)
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        assert [entry["Key"] for entry in listed] == sorted(keys)
        for key in keys:
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content
        item = table.get_item(TableName="table", Key={"key": {"S": "key"}})["Item"]
        assert item["expiry"] == {"N": str(expiry)}
    assert server.output().count("leapt ahead") >= 1
    s3.put_object(Bucket=bucket, Key="after", Body=content)
    server.stop()


def leap_during_upload(server, s3, path, content, leap):
    """Let the clock leap while an upload is under way, finish that, and set the clock right."""
    headers = raw.UNSIGNED | {"Content-Length": str(len(content))}
    files = server.blob_files()
    with raw.begin(server, "s3", "PUT", path, headers) as upload:
        upload.send(content[: LARGE // 2])
        server.wait_until(lambda: server.blob_files() > files, "the upload has begun")
        server.set_clock(leap)
        server.wait_until(lambda: is_skewed(s3), "the clock has leapt")
        time.sleep(LEAPT)
        upload.send(content[LARGE // 2 :])
        assert upload.getresponse().status == 200
        time.sleep(1.5)
    server.set_clock(0)
    server.wait_until(lambda: not is_skewed(s3), "the clock is right again")


def make_table(table, expiry):
    """Make a table with an item that expires."""
    table.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.update_time_to_live(
        TableName="table", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiry"}
    )
    table.put_item(TableName="table", Item={"key": {"S": "key"}, "expiry": {"N": str(expiry)}})


def is_skewed(s3):
    """Tell whether the server's clock is not ours."""
    try:
        s3.list_buckets()
    except ClientError as error:
        return error.response["Error"]["Code"] == "RequestTimeTooSkewed"
    return False
