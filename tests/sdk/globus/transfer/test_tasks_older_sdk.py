"""Tasks with globus-sdk 3.65, which sends what the newest one leaves out."""

import json
import os
import subprocess
from pathlib import Path

from globus_sdk.scopes import TransferScopes

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")

SCRIPT = """
import json, sys
import globus_sdk
token, source, destination = sys.argv[1:]
client = globus_sdk.TransferClient(authorizer=globus_sdk.AccessTokenAuthorizer(token))
data = globus_sdk.TransferData(client, source, destination, sync_level="size", label="old")
data.add_item("/old.txt", "/new.txt")
task_id = client.submit_transfer(data)["task_id"]
assert client.task_wait(task_id, timeout=30, polling_interval=1)
deletion = globus_sdk.DeleteData(client, destination, recursive=True, ignore_missing=True)
deletion.add_item("/not there")
deleted = client.submit_delete(deletion)["task_id"]
assert client.task_wait(deleted, timeout=30, polling_interval=1)
tasks = [client.get_task(one) for one in (task_id, deleted)]
listed = client.task_list(filter={"task_id": [task_id]}, limit=5)
moved = list(client.paginated.task_successful_transfers(task_id).items())
events = list(client.paginated.task_event_list(task_id).items())
print(json.dumps([globus_sdk.__version__, [task["status"] for task in tasks], listed["total"],
    [one["source_path"] for one in moved], [event["code"] for event in events]]))
"""


def test_tasks_with_globus_sdk_3(cloud, access_token, new_folder, ada, tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "old.txt").write_text("old")
    ids = [new_folder(tmp_path / name, ada, name) for name in ("here", "there")]
    token = access_token(ada, str(TransferScopes.all))
    environment = {
        "GLOBUS_SDK_SERVICE_URL_TRANSFER": cloud.configuration.url("globus"),
        "PYTHONWARNINGS": "ignore",
    }
    command = [f"{VENV}-globus-sdk-3/bin/python", "-c", SCRIPT, token, *ids]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, statuses, total, moved, codes = json.loads(done.stdout)
    assert version.startswith("3.")
    assert statuses == ["SUCCEEDED", "SUCCEEDED"]
    assert (total, moved) == (1, ["/old.txt"])
    assert codes[0] == "SUCCEEDED"
    assert (tmp_path / "there" / "new.txt").read_text() == "old"
