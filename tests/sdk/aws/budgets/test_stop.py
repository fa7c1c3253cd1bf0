"""The hard stop through a real server: bursts, kills, other accounts, and what goes on after it.

Prices are high: a request that writes costs a dollar, and whoever reads pays nothing.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from decimal import Decimal
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lenticular.server import process
from lenticular.testing.cloud import running_cloud

PRICES = """
[objects]
write = { usd = 1, per = 1 }
storage = { usd = 730, per = "GiB-month" }

[tables]
write = { usd = 1, per = 1 }
"""

LIMIT = 500
ONCE = Config(retries={"total_max_attempts": 1}, signature_version="s3v4")


@pytest.fixture(scope="module")
def dear(tmp_path_factory):
    """A cloud with high prices."""
    data = tmp_path_factory.mktemp("dear")
    (data / "prices.toml").write_text(PRICES)
    with running_cloud(data) as cloud:
        yield cloud


@pytest.fixture
def account(dear):
    return dear.create_account(f"dear-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def client(dear, account):
    """``client("s3")``: a client of the account; ``client("s3", user)``: of somebody else."""
    made = []

    def make(service, credentials=None):
        found = boto3.client(service, **dear.boto3(credentials or account), config=ONCE)
        made.append(found)
        return found

    yield make
    for each in made:
        each.close()


@pytest.fixture
def limited(client, account, stop):
    """``limited("10")``: lets the account spend so much, and then stops; returns the budget."""

    def make(amount, **more):
        name = f"budget-{uuid.uuid4().hex[:8]}"
        client("budgets").create_budget(
            AccountId=account.account_id,
            Budget={
                "BudgetName": name,
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": str(amount), "Unit": "USD"},
                **more,
            },
        )
        client("budgets").create_budget_action(**stop(account.account_id, name))
        return name

    return make


@pytest.fixture
def bucket(client):
    name = f"dear-{uuid.uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name)
    return name


async def put(url):
    """Send one PUT on a connection of its own; return the status of the answer."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        head = f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        writer.write(f"{head}Content-Length: 1\r\nConnection: close\r\n\r\nx".encode())
        await writer.drain()
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()


async def put_all(urls):
    return await asyncio.gather(*map(put, urls), return_exceptions=True)


def presigned(s3, bucket, count, stem=""):
    return [
        s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": f"{stem}{number}"})
        for number in range(count)
    ]


def stored(s3, bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(page["KeyCount"] for page in pages)


def spent(budgets, account_id, name):
    shown = budgets.describe_budget(AccountId=account_id, BudgetName=name)["Budget"]
    return Decimal(shown["CalculatedSpend"]["ActualSpend"]["Amount"])


def test_a_burst_of_a_thousand_concurrent_requests(client, account, bucket, limited):
    s3, budgets = client("s3"), client("budgets")
    name = limited(LIMIT)
    urls = presigned(s3, bucket, 1000)
    statuses = asyncio.run(put_all(urls))
    assert sorted(set(statuses)) == [200, 403]
    assert statuses.count(200) == stored(s3, bucket) == LIMIT - 1  # the bucket was a dollar
    overspent = spent(budgets, account.account_id, name) - LIMIT
    assert overspent < Decimal(LIMIT) / 100
    [action] = budgets.describe_budget_actions_for_account(AccountId=account.account_id)["Actions"]
    assert action["Status"] == "EXECUTION_SUCCESS"
    history = budgets.describe_budget_action_histories(
        AccountId=account.account_id, BudgetName=name, ActionId=action["ActionId"]
    )["ActionHistories"]
    assert [each["EventType"] for each in history] == ["SYSTEM", "CREATE_ACTION"]
    assert history[0]["Status"] == "EXECUTION_SUCCESS"


def test_after_the_stop_one_can_read_and_delete_but_not_write(client, account, bucket, limited):
    s3, dynamodb = client("s3"), client("dynamodb")
    schema = {
        "TableName": "samples",
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    dynamodb.create_table(**schema)
    item = {"p": {"S": "a"}}
    dynamodb.put_item(TableName="samples", Item=item)
    s3.put_object(Bucket=bucket, Key="a", Body=b"kept")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="b")["UploadId"]
    limited(0)
    of_upload = {"Bucket": bucket, "Key": "b", "UploadId": upload}
    writes = [
        lambda: s3.put_object(Bucket=bucket, Key="b", Body=b"x"),
        lambda: s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a"),
        lambda: s3.create_multipart_upload(Bucket=bucket, Key="b"),
        lambda: s3.upload_part(**of_upload, PartNumber=1, Body=b"x"),
        lambda: s3.create_bucket(Bucket=f"{bucket}-more"),
        lambda: dynamodb.put_item(TableName="samples", Item=item),
        lambda: dynamodb.update_item(TableName="samples", Key=item),
        lambda: dynamodb.create_table(**schema | {"TableName": "more"}),
        lambda: dynamodb.batch_write_item(
            RequestItems={"samples": [{"PutRequest": {"Item": item}}]}
        ),
        lambda: dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": "samples", "Item": item}}]
        ),
    ]
    for write in writes:
        with pytest.raises(ClientError) as refused:
            write()
        error = refused.value.response["Error"]
        assert error["Code"] == "BudgetExceeded"
        assert f"of account {account.account_id} is used up" in error["Message"]
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"kept"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert dynamodb.get_item(TableName="samples", Key=item)["Item"] == item
    assert dynamodb.scan(TableName="samples")["Count"] == 1
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "project", "Value": "a"}]})
    s3.abort_multipart_upload(**of_upload)
    dynamodb.batch_write_item(RequestItems={"samples": [{"DeleteRequest": {"Key": item}}]})
    dynamodb.delete_item(TableName="samples", Key=item)
    dynamodb.delete_table(TableName="samples")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}]})
    s3.delete_bucket(Bucket=bucket)
    client("iam").create_user(UserName="still-free")


def test_a_large_body_is_refused_before_it_is_sent(client, bucket, limited):
    s3 = client("s3")
    limited(0)
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 20_000_000)
    assert refused.value.response["Error"]["Code"] == "BudgetExceeded"


def test_a_batch_costs_as_many_units_as_it_has(client, limited):
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="samples",
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    limited(20)

    def write(count):
        puts = [{"PutRequest": {"Item": {"p": {"S": str(at)}}}} for at in range(count)]
        return dynamodb.batch_write_item(RequestItems={"samples": puts})

    write(10)
    with pytest.raises(ClientError, match="BudgetExceeded"):
        write(10)
    assert dynamodb.scan(TableName="samples")["Count"] == 10


def test_a_project_is_stopped_and_others_go_on(client, limited):
    s3 = client("s3")
    for project in ("roads", "rivers"):
        s3.create_bucket(
            Bucket=f"{project}-{id(s3)}",
            CreateBucketConfiguration={"Tags": [{"Key": "project", "Value": project}]},
        )
    limited(3, CostFilters={"TagKeyValue": ["user:project$roads"]})
    for key in "ab":
        s3.put_object(Bucket=f"roads-{id(s3)}", Key=key, Body=b"")
    with pytest.raises(ClientError, match="BudgetExceeded"):
        s3.put_object(Bucket=f"roads-{id(s3)}", Key="c", Body=b"")
    s3.put_object(Bucket=f"rivers-{id(s3)}", Key="a", Body=b"")
    s3.put_bucket_tagging(
        Bucket=f"rivers-{id(s3)}", Tagging={"TagSet": [{"Key": "project", "Value": "roads"}]}
    )
    with pytest.raises(ClientError, match="BudgetExceeded"):
        s3.put_object(Bucket=f"rivers-{id(s3)}", Key="b", Body=b"")


def test_a_user_is_stopped_and_others_go_on(dear, client, account, bucket, limited):
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policies = [{"Version": "2012-10-17", "Statement": [everything]}]
    ann, ben = (
        dear.create_user(name, account=account.account_id, policies=policies)
        for name in ("ann", "ben")
    )
    limited(1, CostFilters={"TagKeyValue": [f"aws:createdBy${ann.arn}"]})
    client("s3", ann).put_object(Bucket=bucket, Key="a", Body=b"")
    with pytest.raises(ClientError, match="BudgetExceeded"):
        client("s3", ann).put_object(Bucket=bucket, Key="b", Body=b"")
    client("s3", ben).put_object(Bucket=bucket, Key="b", Body=b"")


def test_denied_requests_of_strangers_cost_the_owner_nothing(
    dear, client, account, bucket, limited
):
    """Denial of wallet: whoever may not write cannot spend what the owner has, nor stop him."""
    name = limited(10)
    stranger = client("s3", dear.create_account(f"stranger-{uuid.uuid4().hex[:8]}"))
    urls = presigned(stranger, bucket, 50)
    assert set(asyncio.run(put_all(urls))) == {403}
    assert spent(client("budgets"), account.account_id, name) == 1
    client("s3").put_object(Bucket=bucket, Key="a", Body=b"")


def test_malformed_requests_of_strangers_cost_the_owner_nothing(
    dear, client, account, bucket, limited
):
    """What is wrong with a request may be found before it is asked whose it is."""
    name = limited(10)
    url = f"{dear.configuration.url('aws')}/{bucket}/a"
    for _ in range(20):
        answer = httpx.put(url, headers={"x-amz-tagging": "a=1&a=2"}, content=b"x")
        assert answer.status_code == 400
    assert spent(client("budgets"), account.account_id, name) == 1
    # One's own mistakes are counted, as they always were.
    with pytest.raises(ClientError, match="InvalidTag"):
        client("s3").put_object(Bucket=bucket, Key="a", Body=b"", Tagging="a=1&a=2")
    assert spent(client("budgets"), account.account_id, name) == 2


def test_a_stranger_is_told_nothing_of_a_stop(dear, client, bucket, limited):
    name = limited(0)
    stranger = client("s3", dear.create_account(f"stranger-{uuid.uuid4().hex[:8]}"))
    with pytest.raises(ClientError) as refused:
        stranger.put_object(Bucket=bucket, Key="a", Body=b"")
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert name not in json.dumps(refused.value.response)


def test_raising_the_limit_lets_writing_go_on(client, account, bucket, limited):
    name = limited(1)
    s3, budgets = client("s3"), client("budgets")
    with pytest.raises(ClientError, match="BudgetExceeded"):
        s3.put_object(Bucket=bucket, Key="a", Body=b"")
    shown = budgets.describe_budget(AccountId=account.account_id, BudgetName=name)["Budget"]
    raised = {
        key: shown[key] for key in ("BudgetName", "BudgetType", "TimeUnit", "CostFilters")
    } | {"BudgetLimit": {"Amount": "2", "Unit": "USD"}}
    budgets.update_budget(AccountId=account.account_id, NewBudget=raised)
    s3.put_object(Bucket=bucket, Key="a", Body=b"")


class Detached:
    """A server of its own process, to be killed."""

    def __init__(self, data):
        self.data = data
        self.variables = None
        data.mkdir()
        (data / "prices.toml").write_text(PRICES)

    def lenticular(self, *arguments):
        command = [sys.executable, "-m", "lenticular", *arguments, f"--data={self.data}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self):
        self.lenticular("start", "--detach", "--quiet", "--port-base=0")
        self.variables = self.variables or json.loads(self.lenticular("env", "--json"))
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{process.find(self.data).port_base + 1}",
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            region_name=self.variables["AWS_DEFAULT_REGION"],
            config=ONCE,
        )

    def kill(self):
        record = process.find(self.data)
        os.kill(record.pid, signal.SIGKILL)
        while process.find(self.data) == record:
            time.sleep(0.01)

    def close(self):
        if process.find(self.data):
            self.lenticular("stop", "--force")


@pytest.fixture
def detached(tmp_path):
    server = Detached(tmp_path / "killed")
    yield server
    server.close()


def test_a_kill_amid_a_burst_lets_nobody_spend_twice(detached):
    """A burst, a kill, and a second burst: together they store no more than there is money for."""
    s3 = detached.start()
    s3.create_bucket(Bucket="burst")
    detached.lenticular("budget", "create", "lab", f"--limit={LIMIT}", "--stop")

    async def burst_and_kill():
        tasks = [asyncio.ensure_future(put(url)) for url in presigned(s3, "burst", 400)]
        done = 0
        for task in asyncio.as_completed(tasks):
            done += await task == 200
            if done == 150:
                break
        detached.kill()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(burst_and_kill())
    s3 = detached.start()
    survived = stored(s3, "burst")
    assert survived >= 150
    statuses = asyncio.run(put_all(presigned(s3, "burst", 600, "again-")))
    assert 403 in statuses
    assert stored(s3, "burst") <= LIMIT - 1
    # What was under way in the killed process may be counted though it was not done.
    assert stored(s3, "burst") >= LIMIT - 1 - (400 - 150) - LIMIT // 100
    shown = json.loads(detached.lenticular("budget", "show", "lab", "--json"))
    assert Decimal(shown["spent"].removesuffix(" USD")) <= LIMIT * Decimal("1.01")
    assert "new spending is refused" in shown["stop"]
