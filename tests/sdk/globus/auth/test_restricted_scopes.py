"""Ways around what a scope or a client restricts to people of some domains."""

import uuid

import pytest

from lenticular.primitives.oauth import Dependency, NewScope

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def guarded(cloud, new_client):
    """A scope that is for people of a university only, whom this cloud knows none of."""
    client_id, _ = new_client("An archive")
    string = f"urn:archive:{uuid.uuid4()}"
    new = NewScope(string=string, client_id=client_id, required_domains=("uni.example",))
    cloud.run(cloud.engines.oauth.scopes.create(new))
    return string


def test_a_restricted_scope_below_another(cloud, guarded, new_client, confidential, browse, ada):
    # Whoever has a client makes a scope that needs the restricted one, and asks for that.
    own, _ = new_client("Mallory's service")
    string = f"urn:mallory:{uuid.uuid4()}"
    new = NewScope(string=string, client_id=own, dependencies=(Dependency(guarded),))
    cloud.run(cloud.engines.oauth.scopes.create(new))
    confidential.oauth2_start_flow("https://portal.example.org/callback", requested_scopes=string)
    ended = browse(ada).authorize(confidential.oauth2_get_authorize_url())
    assert "error=access_denied" in ended
    assert "code=" not in ended


def test_a_restricted_scope_for_a_device(http, guarded, native, browse, ada):
    form = {"client_id": native.client_id, "scope": guarded}
    device = http.post("/v2/oauth2/device", data=form).json()
    browser = browse(ada)
    browser.sign_in()
    page = browser.get(device["verification_uri_complete"])
    page = browser.submit(page, "user_code", {})
    assert page.status == 403
    assert page.form("allow") is None
    polled = http.post(
        "/v2/oauth2/token",
        data={
            "grant_type": DEVICE,
            "client_id": native.client_id,
            "device_code": device["device_code"],
        },
    )
    assert "access_token" not in polled.json()


def test_a_restricted_scope_for_a_client_itself(http, guarded, new_client):
    client_id, secret = new_client("Mallory's robot")
    form = {"grant_type": "client_credentials", "scope": guarded}
    answer = http.post("/v2/oauth2/token", data=form, auth=(client_id, secret))
    assert answer.status_code in (400, 403)
    assert "access_token" not in answer.json()


def test_a_client_for_one_institution_as_a_device(cloud, http, new_client, browse, ada):
    client_id, _ = new_client(
        "An app of the university",
        type="public_installed_client",
        redirect_uris=("http://localhost",),
        required_idp=str(uuid.uuid4()),
    )
    form = {"client_id": client_id, "scope": "openid"}
    device = http.post("/v2/oauth2/device", data=form).json()
    browser = browse(ada)
    browser.sign_in()
    page = browser.submit(browser.get(device["verification_uri_complete"]), "user_code", {})
    assert page.status == 403
    assert page.form("allow") is None
