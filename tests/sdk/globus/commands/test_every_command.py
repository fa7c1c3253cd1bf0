"""Every command of `globus` that is for services of ours is run once; the page names the others."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped

PAGE = Path(__file__).parents[4] / "docs" / "globus-conformance.md"

ELSEWHERE = {"login", "logout", "session consent", "session show", "session update", "whoami"}
"""Run by tests/sdk/globus/auth/test_command_line.py, as a person."""


def without_service():
    """Return the patterns of the page for commands that are not served."""
    part = PAGE.read_text().partition("## Commands that are not served")[2]
    rows = re.findall(r"^\| (`.*?) \| .* \|$", part, re.MULTILINE)
    return {pattern for cell in rows for pattern in re.findall(r"`([^`]+)`", cell)}


@pytest.fixture
def robot(new_robot):
    return new_robot("Walle")


@pytest.fixture
def other(new_robot):
    return new_robot("Eve")


@pytest.fixture
def collection(cloud, robot, tmp_path):
    """The id of a collection with a file and a folder."""
    folder = tmp_path / "files"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.txt").write_text("a")
    (folder / "f.txt").write_text("f")
    new = NewMapped(
        kind="folder",
        origin=Folder(str(folder)),
        account_id=cloud.credentials.account_id,
        owner_id=robot.identity_id,
        details=Details(display_name="Here"),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


def test_every_command(robot, other, collection, command_names, tmp_path):
    everybody(robot, other)
    collections(robot, other, collection)
    files_and_tasks(robot, collection)
    groups(robot, other)
    search(robot, other, tmp_path)
    timers(robot, collection)
    ran = {*robot.ran, *other.ran} | ELSEWHERE
    unserved = without_service()
    assert {
        name
        for name in command_names - ran
        if not any(fnmatchcase(name, pattern) for pattern in unserved)
    } == set()
    assert {
        pattern
        for pattern in unserved
        if any(fnmatchcase(name, pattern) for name in ran)
        or not any(fnmatchcase(name, pattern) for name in command_names)
    } == set()


def everybody(robot, other):
    assert robot("get-identities", other.identity_id)["identities"][0]["status"] == "used"
    assert "bookmark create" in robot.shows("list-commands")
    paths = {
        "auth": "/v2/oauth2/userinfo",
        "groups": "/v2/groups/my_groups",
        "search": "/v1/index_list",
        "timer": "/jobs/",
        "timers": "/jobs/",
        "transfer": "/v0.10/bookmark_list",
    }
    for service, path in paths.items():
        robot(f"api {service}", "GET", path)


def collections(robot, other, mapped):
    robot("bookmark create", f"{mapped}:/data/", "mine")
    robot("bookmark rename", "mine", "yours")
    assert robot("bookmark show", "yours")["endpoint_id"] == mapped
    assert robot.shows("bookmark show", "yours") == f"{mapped}:/data/\n"
    robot("bookmark delete", "yours")
    assert robot("bookmark list")["DATA"] == []
    robot("gcp update mapped", mapped, "--description", "Rain", "--keywords", "rain,snow")
    robot("endpoint update", mapped, "--organization", "A lab")
    [found] = robot("endpoint search", "--filter-scope", "my-endpoints")["DATA"]
    assert (found["id"], found["organization"], found["keywords"]) == (mapped, "A lab", "rain,snow")
    assert "Rain" in robot.shows("endpoint show", mapped)
    for command in ("gcp set-subscription-id", "endpoint set-subscription-id"):
        robot(command, mapped, "null")
    robot("gcp set-subscription-admin-verified", mapped, "false")
    machine = robot("gcp create mapped", "A laptop")["id"]
    assert robot("endpoint show", machine)["gcp_connected"] is False
    robot("endpoint delete", machine)

    share = robot("gcp create guest", "A share", f"{mapped}:/data/")["id"]
    robot("gcp update guest", share, "--description", "Shared")
    assert [one["id"] for one in robot("endpoint my-shared-endpoint-list", mapped)["DATA"]] == [
        share
    ]
    whom = "--identity", other.identity_id
    rule = robot("endpoint permission create", f"{share}:/", "--permissions", "rw", *whom)
    robot("endpoint permission update", share, rule["access_id"], "--permissions", "r")
    shown = robot("endpoint permission show", share, rule["access_id"])
    assert (shown["principal"], shown["permissions"]) == (other.identity_id, "r")
    assert other("ls", f"{share}:/")["DATA"][0]["name"] == "a.txt"
    robot("endpoint permission delete", share, rule["access_id"])
    for principal in ("--all-authenticated", "--anonymous"):
        robot("endpoint permission create", f"{share}:/", "--permissions", "r", principal)
    listed = robot("endpoint permission list", share)["DATA"]
    kinds = {"all_authenticated_users", "anonymous"}
    assert {one["principal_type"] for one in listed} == {"identity", *kinds}
    role = robot("endpoint role create", share, *whom, "--role", "activity_monitor")["id"]
    assert robot("endpoint role show", share, role)["role"] == "activity_monitor"
    assert role in {one["id"] for one in robot("endpoint role list", share)["DATA"]}
    robot("endpoint role delete", share, role)
    robot("endpoint delete", share)


def files_and_tasks(robot, mapped):
    robot("mkdir", f"{mapped}:/new")
    robot("rename", mapped, "/new", "/newer")
    assert robot("stat", f"{mapped}:/f.txt")["size"] == 1
    names = {one["name"] for one in robot("ls", "--recursive", f"{mapped}:/")["DATA"]}
    assert names == {"data", "data/a.txt", "f.txt", "newer"}
    task = robot("transfer", "--recursive", f"{mapped}:/data", f"{mapped}:/copy")["task_id"]
    waiting = "--polling-interval", 1, "--timeout", 30
    robot("task wait", task, *waiting)
    checked = robot(
        "transfer", f"{mapped}:/f.txt", f"{mapped}:/g.txt", "--dry-run",
        "--external-checksum", "8fa14cdd754f91cc6554c9e71929cce7", "--checksum-algorithm", "MD5",
        "--perf-cc", 2, "--sync-level", "mtime", "--preserve-timestamp", "--encrypt-data",
    )  # fmt: skip
    assert checked["DATA"][0]["external_checksum"]
    assert robot("task show", task)["status"] == "SUCCEEDED"
    assert "a.txt" in robot.shows("task show", task, "--successful-transfers")
    assert robot("task show", task, "--skipped-errors")["DATA"] == []
    assert task in {one["task_id"] for one in robot("task list")["DATA"]}
    codes = [one["code"] for one in robot("task event-list", task)["DATA"]]
    assert (codes[0], codes[-1]) == ("SUCCEEDED", "STARTED")
    robot("task generate-submission-id")

    away = robot("gcp create mapped", "Away")["id"]
    late = robot("delete", f"{away}:/x")["task_id"]
    robot("task update", late, "--label", "Later", "--deadline", "2090-01-01")
    assert robot("task pause-info", late)["pause_rules"] == []
    robot("task cancel", late)
    assert robot("task show", late)["label"] == "Later"
    globs = "--enable-globs", "--recursive"
    robot("rm", f"{mapped}:/cop*", *globs, *waiting)
    robot("rm", f"{mapped}:/none", "--ignore-missing", *waiting)
    assert {one["name"] for one in robot("ls", f"{mapped}:/")["DATA"]} == {"data", "f.txt", "newer"}


def groups(robot, other):
    group = robot("group create", "Rain", "--description", "Who measures it")["id"]
    robot("group update", group, "--name", "Snow")
    robot("group set-policies", group, "--join-requests", "--visibility", "authenticated")
    robot("group set-subscription-admin-verified", group, "null")
    assert robot("group show", group)["name"] == "Snow"
    assert [one["id"] for one in robot("group list")] == [group]
    eve = other.identity_id
    robot("group member add", group, eve)
    members = {one["identity_id"] for one in robot("group member list", group)["memberships"]}
    assert members == {robot.identity_id, eve}
    robot("group member remove", group, eve)
    for answer in ("decline", "accept"):
        robot("group member invite", group, eve)
        other(f"group invite {answer}", group)
    other("group leave", group)
    for answer in ("reject", "approve"):
        other("group join", group, "--request")
        robot(f"group member {answer}", group, eve)
    robot("group delete", group)


def search(robot, other, tmp_path):
    index = robot("search index create", "Harvest", "Of the robot")["id"]
    assert robot("search index show", index)["display_name"] == "Harvest"
    assert index in {one["id"] for one in robot("search index list")["index_list"]}
    entry = {"subject": "sheaf", "visible_to": ["public"], "content": {"title": "A sheaf"}}
    document = tmp_path / "entry.json"
    document.write_text(json.dumps({"@datatype": "GMetaEntry", **entry}))

    def done(task):
        while (shown := robot("search task show", task["task_id"]))["state"] != "SUCCESS":
            assert shown["state"] in ("PENDING", "PROGRESS")

    done(robot("search ingest", index, document))
    assert robot("search query", index, "-q", "sheaf")["total"] == 1
    robot("search subject show", index, "sheaf")
    done(robot("search subject delete", index, "sheaf"))
    done(robot("search delete-by-query", index, "-q", "sheaf"))
    assert len(robot("search task list", index)["tasks"]) == 3
    role = robot("search index role create", index, "writer", other.identity_id)["id"]
    assert len(robot("search index role list", index)["role_list"]) == 2
    robot("search index role delete", index, role)
    robot("search index delete", index)


def timers(robot, mapped):
    ends = f"{mapped}:/data", f"{mapped}:/weekly"
    made = robot("timer create transfer", *ends, "--name", "Weekly", "--recursive",
                 "--interval", "7d", "--start", "2090-01-01", "--stop-after-runs", 4)  # fmt: skip
    timer_id = made["job_id"]
    assert "every 604800 seconds" in robot.shows("timer create transfer", *ends, "--interval", "7d",
                                                 "--start", "2090-01-01")  # fmt: skip
    robot("timer pause", timer_id)
    assert "Paused, awaiting user action" in robot.shows("timer show", timer_id)
    robot("timer resume", timer_id)
    shown = robot("timer show", timer_id)
    assert (shown["name"], shown["status"], shown["stop_after"]["n_runs"]) == (
        "Weekly",
        "loaded",
        4,
    )
    assert timer_id in robot.shows("timer list")
    robot("timer delete", timer_id)
    assert len(robot("timer list")) == 1
