"""globus-sdk 3.x speaks to Groups as the newest one does."""

import json
import os
import subprocess
from pathlib import Path

from globus_sdk.scopes import GroupsScopes

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-sdk-3/bin/python")

SCRIPT = """
import json, sys
import globus_sdk
token, other = sys.argv[1:]
client = globus_sdk.GroupsClient(authorizer=globus_sdk.AccessTokenAuthorizer(token))
manager = globus_sdk.GroupsManager(client)
group = manager.create_group("Old", "Made with an older SDK", parent_id=None)["id"]
manager.set_group_policies(
    group,
    is_high_assurance=False,
    group_visibility=globus_sdk.GroupVisibility.authenticated,
    group_members_visibility=globus_sdk.GroupMemberVisibility.members,
    join_requests=True,
    signup_fields=[],
)
added = manager.add_member(group, other, role=globus_sdk.GroupRole.manager)["add"][0]
shown = client.get_group(group, include=["memberships", "policies"])
mine = [one["id"] for one in client.get_my_groups(query_params={"statuses": "active"})]
client.delete_group(group)
print(json.dumps([globus_sdk.__version__, added["role"], len(shown["memberships"]), group in mine]))
"""


def test_groups_with_globus_sdk_3(cloud, access_token, ada, grace):
    url = cloud.configuration.url("globus")
    environment = {"GLOBUS_SDK_SERVICE_URL_GROUPS": url}
    token = access_token(ada, str(GroupsScopes.all))
    command = [PYTHON, "-c", SCRIPT, token, grace.identity_id]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, role, members, mine = json.loads(done.stdout)
    assert version.startswith("3.")
    assert (role, members, mine) == ("manager", 2, True)
