"""A cloud of two workers on one data folder: what one changes, the other knows at once.

Prices are high: a request that writes an object costs a dollar.
"""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import signal
import threading
import time
import uuid
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lenticular.cli import administration
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.budgets.grants import _GRANT
from lenticular.primitives.leases import _HOLDER, _MEMBER
from lenticular.server import process
from lenticular.server.configuration import Configuration

from .server import Server

PRICES = """
[objects]
write = { usd = 1, per = 1 }
"""

STOP = "arn:aws:iam::aws:policy/StopNewSpending"
LIMIT = 500
BURST = 1000
PATIENCE = 4.0
"""Seconds after which a worker is taken to hang."""
WAIT = 30.0
"""Seconds that a wait takes which nobody wakes."""
SOON = 10.0
"""Seconds within which it is woken, on a machine that is busy."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A cloud that has two workers."""
    server = Server(tmp_path_factory.mktemp("workers") / "cloud", workers=2)
    server.data.mkdir()
    (server.data / "prices.toml").write_text(PRICES)
    server.start()
    wait_for_both(server)
    yield server
    server.close()


def wait_for_both(server):
    server.wait_until(lambda: process.find(server.data).is_complete, "both workers serve")


def wait_for_replacement(server, pid):
    server.wait_until(lambda: pid not in serving(server), "the end of a worker is noticed")
    wait_for_both(server)


def serving(server):
    return process.find(server.data).serving


def worker_of(client):
    """Return which process answers a client: ids of requests begin with the process's own."""
    return client.list_buckets()["ResponseMetadata"]["RequestId"][:10]


@pytest.fixture
def both(cloud):
    """``both("s3")``: a client of each worker; with credentials, those of somebody."""
    made = []

    def make(service, session=None):
        found = {}
        while len(found) < 2:
            client = (session or cloud.session).client(
                "s3" if service == "s3" else service,
                endpoint_url=f"http://127.0.0.1:{cloud.port}",
                config=Config(retries={"total_max_attempts": 1}, max_pool_connections=1),
            )
            made.append(client)
            found.setdefault(worker_of(client) if service == "s3" else len(found), client)
        return list(found.values())

    yield make
    for client in made:
        client.close()


@pytest.fixture
def bucket(cloud):
    name = f"both-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def test_what_one_worker_is_given_the_other_gives(both, bucket):
    s3 = both("s3")
    for number in range(20):
        body = f"{number}".encode() * (100_000 if number % 5 == 0 else 1)
        s3[number % 2].put_object(Bucket=bucket, Key="key", Body=body)
        assert s3[1 - number % 2].get_object(Bucket=bucket, Key="key")["Body"].read() == body


def user_of(cloud):
    """Make a user, and return its name with a session of it and the id of its key."""
    iam = cloud.client("iam")
    name = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(
        key["AccessKeyId"], key["SecretAccessKey"], region_name=cloud.session.region_name
    )
    return name, session, key["AccessKeyId"]


def set_policy(iam, name, effect):
    statement = {"Effect": effect, "Action": "s3:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=json.dumps(document))


def test_a_changed_policy_counts_in_the_other_worker_at_once(cloud, both):
    name, session, _ = user_of(cloud)
    iam = cloud.client("iam")
    set_policy(iam, name, "Allow")
    s3 = both("s3", session)
    for _ in range(10):
        set_policy(iam, name, "Deny")
        for client in s3:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.list_buckets()
        set_policy(iam, name, "Allow")
        for client in s3:
            client.list_buckets()


def test_a_withdrawn_key_is_refused_by_the_other_worker_at_once(cloud, both):
    name, session, key_id = user_of(cloud)
    iam = cloud.client("iam")
    set_policy(iam, name, "Allow")
    s3 = both("s3", session)
    for _ in range(5):
        iam.update_access_key(UserName=name, AccessKeyId=key_id, Status="Inactive")
        for client in s3:
            with pytest.raises(ClientError, match="InvalidAccessKeyId"):
                client.list_buckets()
        iam.update_access_key(UserName=name, AccessKeyId=key_id, Status="Active")
        for client in s3:
            client.list_buckets()


def test_who_waits_is_woken_by_either_worker(cloud, both, bucket):
    s3 = both("s3")
    s3[0].put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    configuration = Configuration(data=cloud.data)
    after = administration.perform(configuration, "events.show")["last"]
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        for number in range(6):  # either worker may be the one that is asked to wait
            waiting = thread.submit(
                administration.perform, configuration, "events.show", after=after, wait=WAIT
            )
            time.sleep(0.2)  # it may wait by now, and need not
            begin = time.monotonic()
            s3[number % 2].put_object(Bucket=bucket, Key=f"{number}")
            shown = waiting.result()
            assert time.monotonic() - begin < SOON
            [event] = shown["events"]
            assert event["detail"]["object"]["key"] == f"{number}"
            after = shown["last"]


def test_one_worker_answers_for_all(cloud):
    portal = f"http://127.0.0.1:{cloud.port - 1}"
    seen = set()
    for _ in range(10):
        health = httpx.get(f"{portal}/health").json()
        assert health["workers"] == {"serving": 2, "of": 2}
        lines = httpx.get(f"{portal}/metrics").text.splitlines()
        seen |= {line.rpartition(" ")[0] for line in lines if "process_start_time" in line}
    assert {
        'process_start_time_seconds{worker="1"}',
        'process_start_time_seconds{worker="2"}',
    } < seen


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


def test_a_burst_through_both_workers_spends_what_there_is_and_no_more(cloud, both, stop):
    account = administration.perform(
        Configuration(data=cloud.data), "accounts.create", name=f"dear-{uuid.uuid4().hex[:8]}"
    )
    session = boto3.Session(
        account["access_key_id"],
        account["secret_access_key"],
        region_name=cloud.session.region_name,
    )
    once = Config(retries={"total_max_attempts": 1}, signature_version="s3v4")
    s3, budgets = (
        session.client(service, endpoint_url=f"http://127.0.0.1:{cloud.port}", config=once)
        for service in ("s3", "budgets")
    )
    bucket = f"dear-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    budgets.create_budget(
        AccountId=account["account_id"],
        Budget={
            "BudgetName": "lab",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": str(LIMIT), "Unit": "USD"},
        },
    )
    budgets.create_budget_action(**stop(account["account_id"], "lab"))
    workers = both("s3", session)

    def is_known():
        for client in workers:
            client.put_object(Bucket=bucket, Key="known", Body=b"x")
        return len(granted(cloud.data, account["account_id"])) == 2

    cloud.wait_until(is_known, "both workers know the new budget")
    before = spent(budgets, account)

    def burst(stem):
        urls = [
            s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": f"{stem}{number}"})
            for number in range(BURST)
        ]
        return asyncio.run(put_all(urls)).count(200)

    ran = burst("a")
    assert ran <= LIMIT - before
    ran += burst("b")  # what one worker had been granted and the other needed
    assert LIMIT - before - 1 <= ran <= LIMIT - before
    kept = sum(
        len(page.get("Contents", ()))
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    )
    assert kept == ran + 1
    assert spent(budgets, account) == before + ran
    s3.close()
    budgets.close()


def spent(budgets, account):
    """Return the dollars that an account has spent, of every worker."""
    time.sleep(2.5)  # each brings its counts to the store every second
    found = budgets.describe_budget(AccountId=account["account_id"], BudgetName="lab")
    return round(float(found["Budget"]["CalculatedSpend"]["ActualSpend"]["Amount"]))


@pytest.fixture
def stop():
    def make(account_id, name):
        return {
            "AccountId": account_id,
            "BudgetName": name,
            "NotificationType": "ACTUAL",
            "ActionType": "APPLY_IAM_POLICY",
            "ActionThreshold": {"ActionThresholdValue": 100, "ActionThresholdType": "PERCENTAGE"},
            "Definition": {"IamActionDefinition": {"PolicyArn": STOP}},
            "ExecutionRoleArn": f"arn:aws:iam::{account_id}:role/budgets",
            "ApprovalModel": "AUTOMATIC",
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "lab@example.org"}],
        }

    return make


class Writer(threading.Thread):
    """Writes objects, tries again as SDKs do, and notes what was acknowledged."""

    def __init__(self, cloud, bucket, number):
        super().__init__()
        self.client = cloud.client(
            "s3", retries={"total_max_attempts": 10, "mode": "standard"}, read_timeout=30
        )
        self.bucket, self.number = bucket, number
        self.acknowledged = []
        self.stopping = threading.Event()
        self.failure = None

    def run(self):
        count = 0
        try:
            while not self.stopping.is_set():
                key = f"{self.number}/{count}"
                body = key.encode() * (20_000 if count % 10 == 0 else 1)
                self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
                self.acknowledged.append((key, len(body)))
                count += 1
                time.sleep(0.02)  # leaves the processor to the workers that begin
        except Exception as error:  # shown by the test
            self.failure = error


def holders(data):
    """Return who holds each lease, and who lives."""

    def read(reader):
        leases = reader.range(*_HOLDER.range())
        members = reader.range(*_MEMBER.range())
        return (
            {_HOLDER.unpack(key)[0]: holder for key, holder in leases},
            {_MEMBER.unpack(key)[0] for key, _ in members},
        )

    return ask_store(data, read)


def granted(data, account_id):
    """Return which workers were granted something of a budget of an account."""
    return ask_store(
        data,
        lambda reader: [
            _GRANT.unpack(key)[2] for key, _ in reader.range(*_GRANT.range(account_id))
        ],
    )


def ask_store(data, read):
    """Read in the store of a cloud that runs."""

    async def ask():
        store = await SqliteStore.open(data / "lenticular.db", shared=True)
        try:
            return await store.read(read)
        finally:
            await store.close()

    return asyncio.run(ask())


def test_killed_workers_come_back_and_nothing_acknowledged_is_lost(cloud, bucket):
    writers = [Writer(cloud, bucket, number) for number in range(4)]
    for writer in writers:
        writer.start()
    try:
        _, before = holders(cloud.data)
        for number in range(2):
            victim = serving(cloud)[number]
            os.kill(victim, signal.SIGKILL)
            wait_for_replacement(cloud, victim)
    finally:
        for writer in writers:
            writer.stopping.set()
        for writer in writers:
            writer.join()
    assert [writer.failure for writer in writers] == [None] * 4
    s3 = cloud.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    kept = {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", ())}
    acknowledged = dict(pair for writer in writers for pair in writer.acknowledged)
    assert len(acknowledged) > 20
    assert acknowledged.items() <= kept.items()

    def have_passed_on():
        leases, members = holders(cloud.data)
        return len(members) == 2 and not members & before and set(leases.values()) <= members

    cloud.wait_until(have_passed_on, "the leases of the killed have passed on")


def test_a_worker_that_hangs_is_replaced_and_what_it_held_passes_on(make_server):
    cloud = make_server(workers=2, worker_patience=PATIENCE)
    cloud.start()
    wait_for_both(cloud)
    _, before = holders(cloud.data)
    victim, other = serving(cloud)
    health = f"http://127.0.0.1:{cloud.port - 1}/health"
    os.kill(victim, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(httpx.get, health, timeout=60) for _ in range(8)]
        wait_for_replacement(cloud, victim)
        assert [each.result().status_code for each in waiting] == [200] * 8
    assert not is_alive(victim)
    assert other in serving(cloud)
    assert f"process {victim} has given no sign of life for 4 s, and is killed" in cloud.output()
    assert f"process {victim} was ended by SIGKILL" in cloud.output()

    def has_passed_on():
        leases, members = holders(cloud.data)
        return len(members) == 2 and len(members & before) == 1 and set(leases.values()) <= members

    cloud.wait_until(has_passed_on, "the leases of the one that hung have passed on")


def test_a_cloud_that_cannot_begin_says_why(make_server):
    server = make_server(workers=2)
    server.data.mkdir()
    (server.data / "master.key").write_bytes(b"too short")
    (server.data / "master.key").chmod(0o600)
    server.launch()
    assert server.wait() == 1
    assert "master.key has 9 bytes" in server.output()
    assert "Traceback" not in server.output()


def test_without_their_supervisor_the_workers_end(cloud, bucket):
    workers = serving(cloud)
    cloud.kill()
    cloud.wait_until(lambda: not any(map(is_alive, workers)), "the workers end")
    assert process.find(cloud.data) is None
    cloud.start()
    assert cloud.client("s3").head_bucket(Bucket=bucket)
    wait_for_both(cloud)
    cloud.stop()
    assert "Traceback" not in cloud.output()


def is_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
