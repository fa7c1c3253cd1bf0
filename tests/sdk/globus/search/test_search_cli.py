"""``globus search`` as it comes, signed in as an application."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
GLOBUS = Path(f"{VENV}-globus-cli/bin/globus")


@pytest.fixture
def globus(cloud, new_client, tmp_path):
    """``globus("search", "index", "list")``: what the command prints, as JSON."""
    client_id, secret = new_client("A harvester")
    url = cloud.configuration.url("globus")
    environment = {
        "HOME": str(tmp_path),
        "GLOBUS_CLI_CLIENT_ID": client_id,
        "GLOBUS_CLI_CLIENT_SECRET": secret,
        "GLOBUS_SDK_SERVICE_URL_AUTH": f"{url}/",
        "GLOBUS_SDK_SERVICE_URL_SEARCH": url,
    }

    def run(*arguments, text=False, stdin=None):
        command = [GLOBUS, "search", *arguments, *([] if text else ["--format", "json"])]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, input=stdin
        )
        assert done.returncode == 0, done.stderr
        return done.stdout if text else json.loads(done.stdout)

    return run


def test_globus_search(globus, ada, tmp_path):
    index = globus("index", "create", "Harvest", "Of the robot")["id"]
    assert index in globus("index", "list", text=True)
    assert globus("index", "show", index)["display_name"] == "Harvest"

    def done(task):
        until = time.monotonic() + 30
        while (shown := globus("task", "show", task))["state"] in ("PENDING", "PROGRESS"):
            assert time.monotonic() < until
        return shown["state"]

    entries = {
        "@datatype": "GMetaList",
        "gmeta": [
            {"subject": name, "visible_to": ["public"], "content": {"title": f"a {name}"}}
            for name in ("sheaf", "apple")
        ],
    }
    document = tmp_path / "entries.json"
    document.write_text(json.dumps(entries))
    assert done(globus("ingest", index, str(document))["task_id"]) == "SUCCESS"
    assert globus("query", index, "-q", "sheaf", text=True).split() == ["sheaf"]
    query = {"q": "*", "sort": [{"field_name": "title", "order": "asc"}]}
    found = globus(
        "query", index, "--query-document", "-", "--bypass-visible-to", stdin=json.dumps(query)
    )
    assert [one["subject"] for one in found["gmeta"]] == ["apple", "sheaf"]
    assert globus("subject", "show", index, "apple")["entries"][0]["content"] == {
        "title": "a apple"
    }
    role = globus("index", "role", "create", index, "writer", ada.username)
    assert role["principal"].endswith(ada.identity_id)
    assert ada.username in globus("index", "role", "list", index, text=True)
    globus("index", "role", "delete", index, role["id"], text=True)
    assert done(globus("subject", "delete", index, "apple")["task_id"]) == "SUCCESS"
    assert done(globus("delete-by-query", index, "-q", "sheaf")["task_id"]) == "SUCCESS"
    assert globus("query", index, "-q", "*")["total"] == 0
    assert "SUCCESS" in globus("task", "list", index, text=True)
    assert "marked for deletion" in globus("index", "delete", index, text=True)
