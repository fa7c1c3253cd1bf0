"""globus-sdk 3.x speaks of collections as the newest one does."""

import json
import os
import subprocess
from pathlib import Path

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-sdk-3/bin/python")

SCRIPT = """
import json, sys
import globus_sdk
token, host, other = sys.argv[1:]
client = globus_sdk.TransferClient(authorizer=globus_sdk.AccessTokenAuthorizer(token))
client.endpoint_autoactivate(host)
share = client.create_shared_endpoint({
    "DATA_TYPE": "shared_endpoint", "host_endpoint": host, "host_path": "/old/",
    "display_name": "Old"})["id"]
client.update_endpoint(share, {"DATA_TYPE": "endpoint", "description": "Older"})
rule = client.add_endpoint_acl_rule(share, {
    "DATA_TYPE": "access", "principal_type": "identity", "principal": other, "path": "/",
    "permissions": "r"})["access_id"]
rules = list(client.endpoint_acl_list(share))
found = [one["id"] for one in client.endpoint_search("Old", filter_scope="shared-by-me")]
bookmark = client.create_bookmark({"name": "old", "endpoint_id": share, "path": "/"})["id"]
client.delete_bookmark(bookmark)
client.delete_endpoint_acl_rule(share, rule)
shown = client.get_endpoint(share)
client.delete_endpoint(share)
print(json.dumps([globus_sdk.__version__, shown["description"], len(rules), share in found]))
"""


def test_collections_with_globus_sdk_3(cloud, access_token, ada, grace, new_folder, tmp_path):
    host = new_folder(tmp_path, ada)
    token = access_token(ada, "urn:globus:auth:scope:transfer.api.globus.org:all")
    environment = {"GLOBUS_SDK_SERVICE_URL_TRANSFER": cloud.configuration.url("globus")}
    command = [PYTHON, "-c", SCRIPT, token, host, grace.identity_id]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, description, rules, is_found = json.loads(done.stdout)
    assert version.startswith("3.")
    assert (description, rules, is_found) == ("Older", 2, True)
