"""Over TLS: globus-sdk with the cloud's own authority, and cookies that never go without."""

import os
import subprocess
from pathlib import Path

import globus_sdk
import pytest
from globus_sdk.transport import RequestsTransport

from lenticular.primitives.oauth import NewClient
from lenticular.testing.browser import Browser
from lenticular.testing.cloud import running_cloud

from .conftest import CALLBACK

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
GLOBUS = Path(f"{VENV}-globus-cli/bin/globus")
PASSWORD = "Cumulus-lenticularis-7"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with running_cloud(tmp_path_factory.mktemp("secured"), tls=True) as cloud:
        yield cloud


def test_signing_in_over_tls(secured):
    secured.create_user("ada", password=PASSWORD)
    new = NewClient(
        name="A portal", account_id=secured.credentials.account_id, redirect_uris=(CALLBACK,)
    )
    client, secret = secured.run(secured.engines.oauth.clients.create(new))
    url = secured.configuration.url("globus")
    assert url.startswith("https://")
    with (
        globus_sdk.ConfidentialAppAuthClient(
            client.client_id,
            secret.secret,
            base_url=f"{url}/",
            transport=RequestsTransport(verify_ssl=secured.trusted),
        ) as sdk,
        Browser(secured, "ada", PASSWORD) as browser,
    ):
        sdk.oauth2_start_flow(CALLBACK, "openid")
        tokens = sdk.oauth2_exchange_code_for_tokens(browser.code(sdk.oauth2_get_authorize_url()))
        assert tokens.decode_id_token()["iss"] == url
        for cookie in browser.http.cookies.jar:
            assert cookie.secure
            assert cookie.name.startswith("__Host-")


def test_the_command_line_over_tls(secured, tmp_path):
    new = NewClient(name="A robot", account_id=secured.credentials.account_id)
    client, secret = secured.run(secured.engines.oauth.clients.create(new))
    environment = {
        "HOME": str(tmp_path),
        "GLOBUS_CLI_CLIENT_ID": client.client_id,
        "GLOBUS_CLI_CLIENT_SECRET": secret.secret,
        "GLOBUS_SDK_SERVICE_URL_AUTH": secured.configuration.url("globus") + "/",
        "GLOBUS_SDK_VERIFY_SSL": secured.trusted,
    }
    command = [GLOBUS, "whoami"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"{client.client_id}@clients.auth.globus.org", done.stderr
