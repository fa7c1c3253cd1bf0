"""globus-sdk 3.x speaks to Auth as the newest one does."""

import json
import os
import subprocess
from pathlib import Path

from lenticular.primitives.oauth.builtin import COMMAND_LINE_ID

from .conftest import CALLBACK

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-sdk-3/bin/python")

SCRIPT = """
import json, sys
import globus_sdk
from globus_sdk.scopes import TransferScopes

portal_id, secret, app_id, callback, template = sys.argv[1:]

def code_for(url):
    print(url, flush=True)
    return sys.stdin.readline().strip()

portal = globus_sdk.ConfidentialAppAuthClient(portal_id, secret)
portal.oauth2_start_flow(callback, ["openid", "profile", TransferScopes.all], refresh_tokens=True)
tokens = portal.oauth2_exchange_code_for_tokens(code_for(portal.oauth2_get_authorize_url()))
transfer = tokens.by_resource_server["transfer.api.globus.org"]
sub = tokens.decode_id_token()["sub"]
refreshed = portal.oauth2_refresh_token(transfer["refresh_token"])
introspected = portal.oauth2_token_introspect(refreshed["access_token"], include="identity_set")
valid = portal.oauth2_validate_token(refreshed["access_token"])["active"]
portal.oauth2_revoke_token(refreshed["access_token"])
revoked = portal.oauth2_validate_token(refreshed["access_token"])["active"]

app = globus_sdk.NativeAppAuthClient(app_id)
app.oauth2_start_flow(requested_scopes="openid email", refresh_tokens=True)
mine = app.oauth2_exchange_code_for_tokens(code_for(app.oauth2_get_authorize_url()))
authorizer = globus_sdk.RefreshTokenAuthorizer(mine["refresh_token"], app)
email = globus_sdk.AuthClient(authorizer=authorizer).oauth2_userinfo()["email"]
instance = app.create_native_app_instance(template, "An instance")["client"]["parent_client"]

robot = portal.oauth2_client_credentials_tokens("openid")["resource_server"]
print(json.dumps([
    globus_sdk.__version__, sub, introspected["identity_set"], valid, revoked, email,
    instance == template, robot,
]))
"""


def test_auth_with_globus_sdk_3(cloud, new_client, native, browse, ada):
    environment = {"GLOBUS_SDK_SERVICE_URL_AUTH": cloud.configuration.url("globus") + "/"}
    command = [PYTHON, "-c", SCRIPT, *new_client(), native.client_id, CALLBACK, COMMAND_LINE_ID]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    browser = browse(ada)
    with subprocess.Popen(command, env=environment, text=True, **pipes) as script:
        for _ in range(2):
            url = script.stdout.readline().strip()
            assert url.startswith("http"), script.communicate()
            script.stdin.write(browser.code(url) + "\n")
            script.stdin.flush()
        output, errors = script.communicate(timeout=60)
    assert script.returncode == 0, errors
    version, *found = json.loads(output)
    assert version.startswith("3.")
    assert found == [
        ada.identity_id,
        [ada.identity_id],
        True,
        False,
        ada.email,
        True,
        "auth.globus.org",
    ]
