"""Over TLS: globus-sdk with the cloud's own authority, and cookies that never go without."""

import globus_sdk
import pytest
from globus_sdk.transport import RequestsTransport

from lenticular.primitives.oauth import NewClient
from lenticular.testing.browser import Browser
from lenticular.testing.cloud import running_cloud

from .conftest import CALLBACK

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
