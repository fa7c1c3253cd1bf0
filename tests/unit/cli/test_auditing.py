"""``audit show`` and ``audit verify``: what they print, and what they find in a damaged folder."""

import asyncio
import json
import time

import msgspec
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from lenticular.cli import CommandError
from lenticular.cli.application import application
from lenticular.primitives.audit import CLOUD, Event
from lenticular.primitives.audit.chain import RECORD, decode_record
from lenticular.primitives.audit.events import iso
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import ANONYMOUS
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import open_cloud

ALICE = "111111111111"
START = int(time.time()) - 100
FIRST, SECOND, THIRD = (iso(START + number) for number in range(3))
encode = msgspec.msgpack.Encoder().encode


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cloud"


@pytest.fixture
def run(folder):
    """``run("audit", "show")``: the command, on a folder that no server has."""

    def invoke(*arguments):
        found = CliRunner().invoke(application, [*arguments, "--data", str(folder)])
        expected = SystemExit | CommandError | None
        assert isinstance(found.exception, expected), found.exception
        return found

    return invoke


@pytest.fixture
def inside(folder):
    """``inside(work)``: the result of ``work(cloud)`` on the opened folder."""

    def run(work):
        async def opened():
            async with open_cloud(Configuration(data=folder)) as cloud:
                return await work(cloud)

        return asyncio.run(opened())

    return run


@pytest.fixture
def log(inside):
    """Three events of an account."""

    async def record(cloud):
        for number, name in enumerate(("CreateUser", "ListUsers", "DeleteUser")):
            here = Circumstances(time=START + number, region="lab")
            error = ("AccessDenied", "no") if name == "DeleteUser" else None
            await cloud.audit.record(
                [
                    Event.of(
                        ANONYMOUS.under(here),
                        "iam.amazonaws.com",
                        name,
                        account_id=ALICE,
                        error=error,
                        identity={"type": "IAMUser", "userName": "ada", "accessKeyId": "AKIA1"},
                    )
                ]
            )

    inside(record)


def shown(run, *options):
    return [
        event["eventName"]
        for event in json.loads(run("audit", "show", "--account", ALICE, "--json", *options).stdout)
    ]


def test_show_prints_newest_first(log, run):
    lines = run("audit", "show", "--account", ALICE).stdout.splitlines()
    assert lines == [
        f"{THIRD}  {ALICE}  ada  iam:DeleteUser  AccessDenied",
        f"{SECOND}  {ALICE}  ada  iam:ListUsers",
        f"{FIRST}  {ALICE}  ada  iam:CreateUser",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--event", "ListUsers"], ["ListUsers"]),
        (["--errors"], ["DeleteUser"]),
        (["--user", "grace"], []),
        (["--key", "AKIA1", "--limit", "1"], ["DeleteUser"]),
        (["--source", "s3"], []),
        (["--source", "iam", "--since", THIRD], ["DeleteUser"]),
        (["--until", FIRST.removesuffix("Z")], ["CreateUser"]),
    ],
)
def test_show_chooses(log, run, options, expected):
    assert shown(run, *options) == expected


def test_local_administration_is_recorded_itself(run):
    made = json.loads(run("account", "create", "chemistry", "--json").stdout)
    assert run("account", "create", "chemistry").exit_code == 1
    events = json.loads(run("audit", "show", "--source", "administration", "--json").stdout)
    assert [(each["eventName"], each.get("errorCode")) for each in events] == [
        ("accounts.create", "AccountTaken"),
        ("accounts.create", None),
    ]
    assert events[1]["requestParameters"] == {"name": "chemistry", "email": ""}
    assert events[1]["userIdentity"]["type"] == "LocalAdministrator"
    assert made["secret_access_key"] not in json.dumps(events)


def test_verify_tells_that_all_is_well(log, run):
    verified = run("audit", "verify")
    assert verified.exit_code == 0
    assert f"{ALICE}: 3 records intact, the last of " in verified.stdout
    assert (
        json.loads(run("audit", "verify", "--account", ALICE, "--json").stdout)[0]["records"] == 3
    )


def test_verify_tells_the_first_broken_record(log, run, inside):
    async def alter(cloud):
        def write(tx):
            key = RECORD.pack(ALICE, 2)
            record = decode_record(tx.get(key))
            event = record.event.replace(b"ListUsers", b"LostUsers")
            tx.set(key, encode(replace(record, event=event)))

        await cloud.store.transact(write)

    inside(alter)
    verified = run("audit", "verify")
    assert verified.exit_code == 1
    assert f"{ALICE}: 1 records intact, then record 2 is broken: altered" in verified.stdout
    findings = json.loads(run("audit", "verify", "--json").stdout)
    assert {each["account_id"]: bool(each["problem"]) for each in findings} == {
        CLOUD: False,
        ALICE: True,
    }


def test_verify_of_an_account_without_a_log(run):
    verified = run("audit", "verify", "--account", ALICE)
    assert (verified.exit_code, verified.stdout) == (0, "nothing is recorded\n")
