"""``globus group`` as it comes, signed in as an application."""

import json
import os
import subprocess
from pathlib import Path

import pytest

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
GLOBUS = Path(f"{VENV}-globus-cli/bin/globus")


@pytest.fixture
def globus(cloud, new_client, tmp_path):
    """``globus("group", "list")``: what the command prints, as JSON."""
    client_id, secret = new_client("A robot")
    url = cloud.configuration.url("globus")
    environment = {
        "HOME": str(tmp_path),
        "GLOBUS_CLI_CLIENT_ID": client_id,
        "GLOBUS_CLI_CLIENT_SECRET": secret,
        "GLOBUS_SDK_SERVICE_URL_AUTH": f"{url}/",
        "GLOBUS_SDK_SERVICE_URL_GROUPS": url,
    }

    def run(*arguments, fails=False):
        command = [GLOBUS, *arguments, "--format", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, done.stderr
        return done.stderr if fails else json.loads(done.stdout)

    return run


def test_globus_group(globus, ada, groups_of):
    made = globus("group", "create", "Robots", "--description", "All of them")
    group = made["id"]
    assert [one["id"] for one in globus("group", "list")] == [group]
    added = globus("group", "member", "add", group, ada.username, "--role", "admin")
    assert added["add"][0]["identity_id"] == ada.identity_id
    shown = globus("group", "show", group)
    assert shown["description"] == "All of them"
    globus("group", "update", group, "--name", "Androids")
    globus("group", "set-policies", group, "--visibility", "authenticated", "--join-requests")
    policies = groups_of(ada).get_group(group)["policies"]
    assert (policies["group_visibility"], policies["join_requests"]) == ("authenticated", True)
    members = globus("group", "member", "list", group)["memberships"]
    assert {one["role"] for one in members} == {"admin"}
    left = globus("group", "leave", group)
    assert left["leave"][0]["status"] == "left"
    assert globus("group", "join", group, "--request")["request_join"][0]["status"] == "pending"
    message = globus("group", "delete", group, fails=True)
    assert "needs the role admin" in message
    groups_of(ada).delete_group(group)
