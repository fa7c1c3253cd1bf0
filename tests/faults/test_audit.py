"""SIGKILL and the audit log: what was answered is recorded, and the chain is whole."""

import asyncio
import gzip
import json
import threading
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from lenticular.primitives.audit.lookup import Query
from lenticular.server.process import hold
from lenticular.server.settings import load
from lenticular.server.wiring import open_cloud

from .server import Server

CALLERS = 6


def create_groups(server: Server, name: str, answered: list[str], stop: threading.Event) -> None:
    """Create groups, noting each when it is answered, until the server is gone."""
    iam = server.client("iam")
    number = 0
    while not stop.is_set():
        group = f"{name}-{number}"
        try:
            iam.create_group(GroupName=group)
        except (BotoCoreError, ClientError):
            return
        answered.append(group)
        number += 1


def test_the_event_of_an_answered_call_is_there_after_a_kill(server):
    answered: list[str] = []
    stop = threading.Event()
    callers = [
        threading.Thread(target=create_groups, args=(server, f"c{number}", answered, stop))
        for number in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    server.wait_until(lambda: len(answered) >= 50, "groups are made")
    server.kill()
    stop.set()
    for caller in callers:
        caller.join()
    with hold(server.data):
        recorded, problems = asyncio.run(read_log(server.data))
    assert set(answered) <= set(recorded)
    assert len(recorded) == len(set(recorded))
    assert problems == ["", ""]


async def read_log(data: Path) -> tuple[list[str], list[str]]:
    """Return the groups whose making is recorded, and what verifying finds of each log."""
    async with open_cloud(load({"data": data})) as cloud:
        findings = [found async for found in cloud.audit.verification.findings()]
        groups: list[str] = []
        for finding in findings:
            page = await cloud.audit.look_up(Query(finding.account_id, limit=100_000))
            groups += [
                str(found.event.request_parameters["groupName"])
                for found in page.found
                if found.event.event_name == "CreateGroup" and found.event.request_parameters
            ]
    return groups, [finding.problem for finding in findings]


def test_a_trail_delivers_by_itself_across_a_kill(make_server):
    server = make_server(audit_delivery_interval=0.2)
    server.start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="logs")
    cloudtrail = server.client("cloudtrail")
    cloudtrail.create_trail(Name="main", S3BucketName="logs")
    cloudtrail.start_logging(Name="main")
    server.client("iam").create_group(GroupName="before")
    server.kill()
    server.start()
    server.client("iam").create_group(GroupName="after")
    server.wait_until(lambda: {"before", "after"} <= delivered(server), "both are delivered")


def delivered(server: Server) -> set[str]:
    """Return the names of the groups whose making is in the trail's files."""
    s3 = server.client("s3")
    found = set()
    for entry in s3.list_objects_v2(Bucket="logs").get("Contents", ()):
        body = s3.get_object(Bucket="logs", Key=entry["Key"])["Body"].read()
        for record in json.loads(gzip.decompress(body))["Records"]:
            if record["eventName"] == "CreateGroup":
                found.add(record["requestParameters"]["groupName"])
    return found
