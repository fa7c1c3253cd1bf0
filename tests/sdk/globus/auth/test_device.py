"""Devices without a browser (RFC 8628): the person types a code in elsewhere."""

import pytest

from lenticular.testing.browser import Page

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def device(http, native):
    """What a device is told when it begins to wait."""
    form = {"client_id": native.client_id, "scope": "openid email", "access_type": "offline"}
    answer = http.post("/v2/oauth2/device", data=form)
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def poll(http, native, device):
    def poll(**fields):
        form = {
            "grant_type": GRANT,
            "client_id": native.client_id,
            "device_code": device["device_code"],
        }
        return http.post("/v2/oauth2/token", data=form | fields)

    return poll


def _enter(browser, device):
    page = browser.get(device["verification_uri"])
    if "location" in page.response.headers:
        page = browser._sign_in(browser.get(page.response.headers["location"]))
        page = browser.get(page.response.headers["location"])
    return browser.submit(page, "user_code", {"user_code": device["user_code"]})


def test_a_device_is_connected(browse, ada, device, poll):
    assert device["interval"] == 5
    assert device["verification_uri_complete"].endswith(device["user_code"])
    assert poll().json()["error"] == "authorization_pending"
    assert poll().json()["error"] == "slow_down"
    browser = browse(ada)
    page = _enter(browser, device)
    assert "Know who you are" in page.text
    assert device["user_code"].replace("-", "") in page.text
    page = browser.submit(page, "allow", {"allow": "yes"})
    assert "Done" in page.text
    answer = poll()
    assert answer.status_code == 200
    assert answer.json()["scope"] == "openid email"
    assert answer.json()["refresh_token"]
    assert answer.json()["id_token"]
    assert poll().json()["error"] == "invalid_grant"


def test_a_person_says_no(browse, ada, device, poll):
    browser = browse(ada)
    page = browser.submit(_enter(browser, device), "deny", {"deny": "yes"})
    assert "nothing" in page.text
    assert poll().json()["error"] == "access_denied"


def test_a_code_that_no_device_shows(browse, ada, device):
    page = _enter(browse(ada), device | {"user_code": "BBBB-BBBB"})
    assert page.status == 400
    assert "No device shows this code" in page.text


def test_user_codes_cannot_be_guessed(browse, new_person, device):
    browser = browse(new_person())
    statuses = [
        _enter(browser, device | {"user_code": f"BBBB-BBB{letter}"}).status
        for letter in "BCDFGHJKL"
    ]
    assert statuses[:5] == [400] * 5
    assert statuses[-1] == 429
    assert browser.page.response.headers["retry-after"].isdigit()


def test_csrf_on_a_device(browse, ada, device, poll):
    browser = browse(ada)
    _enter(browser, device)
    answer = browser.http.post(
        "/v2/web/device", data={"user_code": device["user_code"], "allow": "yes"}
    )
    assert answer.status_code == 403
    assert "too old" in Page(answer).text
    assert poll().json()["error"] == "authorization_pending"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "urn:unknown"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"client_id": "unknown"}, "invalid_client"),
    ],
)
def test_malformed_device_requests(http, native, form, error):
    answer = http.post(
        "/v2/oauth2/device", data={"client_id": native.client_id, "scope": "openid"} | form
    )
    assert answer.json()["error"] == error
