"""A cloud under load is backed up by a process that is killed again and again, and comes back.

The load keeps a journal, and writes so that one state can be told from a mixture of several:
money moves between two items in transactions; an object is acknowledged before its record is
written, and goes after its record.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config

from lenticular.testing.cloud import running_cloud

MONEY = 1000
LARGE = 100_000
"""Bytes of an object that is a blob."""


class Load:
    """Writers of one cloud, and what was acknowledged to them."""

    def __init__(self, cloud) -> None:
        config = Config(retries={"max_attempts": 1}, max_pool_connections=8)
        self.s3 = boto3.client("s3", **cloud.boto3(), config=config)
        self.tables = boto3.client("dynamodb", **cloud.boto3(), config=config)
        self.written: dict[str, bytes] = {}
        """Every object that was ever acknowledged, by key."""
        self.recorded: set[str] = set()
        """Keys whose records were acknowledged, and not yet asked to go."""
        self.moves = 0
        self._ending = threading.Event()
        self._failures: list[Exception] = []
        self._cloud = cloud
        self._threads = [
            threading.Thread(target=self._run, args=(work, number))
            for number, work in enumerate((self._move, self._write, self._write, self._sweep))
        ]

    def prepare(self) -> None:
        self.s3.create_bucket(Bucket="samples")
        for name, key in (("money", "id"), ("records", "key")):
            self.tables.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        for name, amount in (("one", MONEY), ("other", 0)):
            item = {"id": {"S": name}, "amount": {"N": str(amount)}}
            self.tables.put_item(TableName="money", Item=item)
        for key in ("sealed", "sealed-small"):
            body = key.encode() * (10_000 if key == "sealed" else 1)
            self.s3.put_object(Bucket="samples", Key=key, Body=body, ServerSideEncryption="AES256")

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self.s3.close()
        self.tables.close()
        assert self._failures == []

    def wait(self, moves: int) -> None:
        """Return when so many more moves and an object were acknowledged."""
        moves, objects = self.moves + moves, len(self.written) + 1
        deadline = time.monotonic() + 60
        while self.moves < moves or len(self.written) < objects:
            assert not self._failures
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _run(self, work, number) -> None:
        numbers = random.Random(number)
        try:
            while not self._ending.is_set():
                work(numbers, number)
        except Exception as error:
            self._failures.append(error)

    def _move(self, numbers: random.Random, _: int) -> None:
        amount = numbers.randrange(-5, 6)
        self.tables.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": "money",
                        "Key": {"id": {"S": name}},
                        "UpdateExpression": "ADD amount :a",
                        "ExpressionAttributeValues": {":a": {"N": str(sign * amount)}},
                    }
                }
                for name, sign in (("one", -1), ("other", 1))
            ]
        )
        self.moves += 1
        time.sleep(0.01)

    def _write(self, numbers: random.Random, number: int) -> None:
        key = f"{number}/{len(self.written):06}-{numbers.randrange(10**6)}"
        body = key.encode() * numbers.choice((1, LARGE // len(key)))
        self.s3.put_object(Bucket="samples", Key=key, Body=body)
        self.written[key] = body
        self.tables.put_item(TableName="records", Item={"key": {"S": key}})
        self.recorded.add(key)
        mine = [each for each in list(self.recorded) if each.startswith(f"{number}/")]
        if number == 2 and len(mine) > 10:  # the other writer keeps what it wrote
            gone = numbers.choice(mine)
            self.recorded.discard(gone)
            self.tables.delete_item(TableName="records", Key={"key": {"S": gone}})
            self.s3.delete_object(Bucket="samples", Key=gone)
        time.sleep(0.02)

    def _sweep(self, _numbers: random.Random, _: int) -> None:
        """Remove what was deleted at once, not a minute later."""
        contents = self._cloud.engines.contents
        self._cloud.run(contents.sweep(time.time() + 3600))
        time.sleep(0.02)


def command(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "lenticular", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def done(*arguments: object):
    """Run a command to its end and return what it printed as JSON."""
    process = command(*arguments, "--json")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    return json.loads(output)


def killed(seconds: float, *arguments: object) -> bool:
    """Run a command and kill it after so long, if it is not done by then; tell whether."""
    process = command(*arguments)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def check(data, credentials, before: set[str], load: Load) -> int:
    """Compare a restored cloud with the journal; return how many objects have records."""
    with running_cloud(data, store="") as cloud:
        assert cloud.credentials == credentials
        s3 = boto3.client("s3", **cloud.boto3())
        tables = boto3.client("dynamodb", **cloud.boto3())
        items = tables.scan(TableName="money")["Items"]
        assert sum(int(item["amount"]["N"]) for item in items) == MONEY
        records = {item["key"]["S"] for item in tables.scan(TableName="records")["Items"]}
        assert before & load.recorded <= records  # acknowledged before, and not gone since
        for key in records:
            body = s3.get_object(Bucket="samples", Key=key)["Body"].read()
            assert body == load.written[key]
        for key, body in (("sealed", b"sealed" * 10_000), ("sealed-small", b"sealed-small")):
            found = s3.get_object(Bucket="samples", Key=key)
            assert (found["Body"].read(), found["ServerSideEncryption"]) == (body, "AES256")
        s3.put_object(Bucket="samples", Key="new", Body=b"n" * LARGE)  # it is a cloud like any
        assert cloud.run(cloud.engines.contents.sweep_orphans(time.time() - 3600)) == 0
        s3.close()
        tables.close()
    return len(records)


def test_a_cloud_under_load_is_backed_up_by_processes_that_are_killed(tmp_path):
    data, target = tmp_path / "cloud", tmp_path / "backups"
    numbers = random.Random(11)
    data.mkdir(mode=0o700)
    with running_cloud(data) as cloud:
        (data / "lenticular.toml").write_text(f'store = "{cloud.configuration.store}"\n')
        load = Load(cloud)
        load.prepare()
        with load:
            load.wait(20)
            for _ in range(3):
                killed(numbers.uniform(0.5, 1.5), "backup", target, "--data", data)
            before = set(load.recorded)
            first = done("backup", target, "--data", data)
            load.wait(20)
            assert done("backup", "verify", target)["damages"] == {}
        second = done("backup", target, "--data", data)
        third = done("backup", target, "--data", data)
        before_third = set(load.recorded)
        credentials = cloud.credentials
    assert first["damages"] == second["damages"] == third["damages"] == []
    # Nobody wrote in between but the cloud itself: its blobs are known, most of its keys too.
    assert third["added_bytes"] < second["added_bytes"]
    assert third["blobs"] == second["blobs"]
    assert third["added_files"] <= 3
    assert first["blobs"] > 3
    for snapshot, known in ((first, before), (third, before_third)):
        new = tmp_path / snapshot["id"]
        arguments = ("restore", target, snapshot["id"], "--data", new)
        arguments += ("--master-key", data / "master.key")
        if snapshot is third and not killed(numbers.uniform(0.5, 1.0), *arguments):
            shutil.rmtree(new)  # it was quicker
        restored = done(*arguments)
        assert restored["missing"] == []
        assert check(new, credentials, known, load) >= len(known & load.recorded) > 0
        shutil.rmtree(new)
    for _ in range(2):
        killed(numbers.uniform(0.4, 0.8), "backup", "prune", target, "--keep-last", 1)
        for path in target.glob("locks/*"):
            path.unlink()  # which would have expired
        assert done("backup", "verify", target)["damages"] == {}
    assert len(done("backup", "prune", target, "--keep-last", 1)["kept"]) == 1
    assert done("backup", "verify", target)["damages"] == {}
