"""``globus endpoint``, ``globus gcp`` and ``globus bookmark`` as they come."""

import json
import os
import subprocess
from pathlib import Path

import pytest

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-cli/bin/python")

# The command takes a second to begin: it is begun once, and runs all that a test asks of it.
SCRIPT = """
import contextlib, io, json, sys
from globus_cli import main
for line in sys.stdin:
    out, errors, code = io.StringIO(), io.StringIO(), 0
    sys.argv = ["globus", *json.loads(line)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, out.getvalue(), errors.getvalue()]), flush=True)
"""


@pytest.fixture
def shell(globus):
    """``shell("ls", id)``: what the command prints, run as by the fixture `globus`."""
    process = subprocess.Popen(
        [PYTHON, "-c", SCRIPT],
        env=globus.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def run(*arguments, fails=False):
        process.stdin.write(json.dumps([str(one) for one in arguments]) + "\n")
        process.stdin.flush()
        code, printed, errors = json.loads(process.stdout.readline())
        assert bool(code) == fails, errors
        return errors if fails else printed

    yield run
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
def asked(shell):
    """``asked("endpoint", "show", id)``: what the command prints, as JSON."""

    def run(*arguments, fails=False):
        done = shell(*arguments, "--format", "json", fails=fails)
        return done if fails else json.loads(done)

    return run


@pytest.fixture
def mine(globus, new_folder, tmp_path):
    """A collection of the application that the command acts as."""
    return new_folder(tmp_path, globus.robot, "Robots' data")


def test_endpoints(shell, asked, mine):
    assert asked("endpoint", "show", mine)["display_name"] == "Robots' data"
    assert "Robots' data" in shell("endpoint", "show", mine)
    found = asked("endpoint", "search", "robots", "--filter-scope", "my-endpoints")
    assert [one["id"] for one in found["DATA"]] == [mine]
    made = asked("gcp", "create", "guest", "Out", f"{mine}:/out/", "--description", "All")
    share = made["id"]
    asked("gcp", "update", "guest", share, "--display-name", "Output", "--verify", "force")
    shown = asked("endpoint", "show", share)
    assert (shown["display_name"], shown["force_verify"]) == ("Output", True)
    asked("endpoint", "update", share, "--keywords", "rain,snow")
    listed = asked("endpoint", "my-shared-endpoint-list", mine)
    assert [one["keywords"] for one in listed["DATA"]] == ["rain,snow"]
    shell("endpoint", "delete", share)
    assert "EndpointDeleted" in asked("endpoint", "show", share, fails=True)


def test_a_machine(asked):
    made = asked("gcp", "create", "mapped", "Laptop", "--private")
    assert made["globus_connect_setup_key"]
    shown = asked("endpoint", "show", made["id"])
    assert (shown["public"], shown["gcp_connected"]) == (False, False)
    asked("gcp", "update", "mapped", made["id"], "--user-message", "Off at night", "--public")
    assert asked("endpoint", "show", made["id"])["user_message"] == "Off at night"


def test_permissions_and_roles(shell, asked, mine, ada):
    share = asked("gcp", "create", "guest", "Out", f"{mine}:/")["id"]
    made = asked(
        *("endpoint", "permission", "create", f"{share}:/a/", "--permissions", "r"),
        *("--identity", ada.username, "--expiration-date", "2099-01-01T00:00:00"),
    )
    rule = made["access_id"]
    asked("endpoint", "permission", "update", share, rule, "--permissions", "rw")
    assert asked("endpoint", "permission", "show", share, rule)["permissions"] == "rw"
    printed = shell("endpoint", "permission", "list", share)
    assert ada.username in printed
    asked("endpoint", "permission", "create", f"{share}:/", "--permissions", "r", "--anonymous")
    asked("endpoint", "permission", "delete", share, rule)
    assert len(asked("endpoint", "permission", "list", share)["DATA"]) == 2
    role = asked(
        *("endpoint", "role", "create", share, "--identity", ada.username),
        *("--role", "activity_monitor"),
    )["id"]
    assert asked("endpoint", "role", "show", share, role)["role"] == "activity_monitor"
    assert ada.username in shell("endpoint", "role", "list", share)
    asked("endpoint", "role", "delete", share, role)


def test_bookmarks(shell, asked, mine):
    asked("bookmark", "create", f"{mine}:/~/", "home")
    asked("bookmark", "rename", "home", "data")
    assert shell("bookmark", "show", "data").strip() == f"{mine}:/~/"
    assert "Robots' data" in shell("bookmark", "list")
    asked("bookmark", "delete", "data")
    assert asked("bookmark", "list")["DATA"] == []
