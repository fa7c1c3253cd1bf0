"""Attacks on the portal, each tried with a script that knows what a browser knows."""

from urllib.parse import parse_qs, urlsplit

import pytest

from lenticular.pages import FIELD


@pytest.fixture
def ada(script):
    """Ada, signed in."""
    signed_in = script()
    assert "Access keys" in signed_in.sign_in("ada").text
    return signed_in


@pytest.fixture
def keys(cloud):
    """How many keys ada has."""

    def count():
        account_id = cloud.credentials.account_id
        return len(cloud.run(cloud.engines.identities.keys.list(account_id, "ada")))

    return count


def test_forgery_without_a_token(ada, keys):
    before = keys()
    for fields in ({}, {FIELD: ""}, {FIELD: "A" * 64}):
        assert ada.post("/keys", data=fields).status_code == 400
    assert keys() == before


def test_forgery_with_the_token_of_somebody_else(ada, script, keys):
    before, grace = keys(), script()
    grace.sign_in("grace")
    answer = ada.post("/keys", data={FIELD: grace.token("/keys")})
    assert answer.status_code == 400
    assert keys() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forgery_from_another_origin(ada, keys, headers):
    before = keys()
    answer = ada.post("/keys", data={FIELD: ada.token("/keys")}, headers=headers)
    assert answer.status_code == 400
    assert "another site" in answer.text
    assert keys() == before


def test_forgery_of_what_changes_something_by_get(ada):
    for path in ("/sign-out", "/sign-out-everywhere", "/consents/withdraw"):
        assert ada.get(path).status_code in (404, 405)
    assert ada.is_signed_in


def test_session_fixation(script):
    victim = script()
    victim.cookies.set(victim.cookie("portal"), "planted", domain="127.0.0.1", path="/")
    victim.sign_in("ada")
    assert victim.cookies[victim.cookie("portal")] != "planted"
    assert victim.is_signed_in


def test_replay_of_the_cookies_of_a_session_that_was_signed_out(ada, script):
    thief = script()
    thief.cookies.update(dict(ada.cookies))
    assert thief.is_signed_in
    ada.post("/sign-out", data={FIELD: ada.token("/keys")})
    assert not thief.is_signed_in


def test_session_of_one_with_the_token_of_another(ada, script):
    grace = script()
    grace.sign_in("grace")
    name = ada.cookie("token")
    ada.cookies.set(name, grace.cookies[name], domain="127.0.0.1", path="/")
    answer = ada.step("/keys")
    assert answer.status_code == 303


def answer_for(browser):
    """Let a browser that has signed in come to be sent back, and return where to."""
    return browser.step(browser.step("/sign-in").headers["location"]).headers["location"]


def test_login_forgery_with_an_answer_for_another_browser(script):
    attacker, victim = script(), script()
    attacker.sign_in("grace")
    answer = answer_for(attacker)
    assert parse_qs(urlsplit(answer).query)["code"]
    assert "has not begun" in victim.step(answer).text
    victim.step("/sign-in")
    refused = victim.step(answer)
    assert refused.status_code == 400
    assert "another sign-in" in refused.text
    assert victim.cookie("portal") not in victim.cookies


def test_an_answer_from_another_server(script):
    browser = script()
    asked = parse_qs(urlsplit(browser.step("/sign-in").headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    answer = {"code": "x", "state": asked["state"][0], "iss": "https://evil.example"}
    refused = browser.step("/callback", params=answer)
    assert refused.status_code == 400
    assert "another server" in refused.text


def test_a_code_that_was_used_already(script):
    browser = script()
    browser.sign_in("ada")
    answer = answer_for(browser)
    errand = browser.cookies[browser.cookie("errand")]
    assert browser.step(answer).status_code == 303
    browser.cookies.set(browser.cookie("errand"), errand, domain="127.0.0.1", path="/")
    refused = browser.step(answer)
    assert refused.status_code == 400
    assert "used already" in refused.text


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_open_redirect(script, to):
    browser = script()
    assert str(browser.sign_in("ada", to=to).url) == f"{browser.base_url}/"


def test_a_strange_name_pointed_at_the_portal(ada):
    for host in ("evil.example", f"evil.example:{ada.port}", "", "localhost.evil.example"):
        answer = ada.step("/keys", headers={"Host": host})
        assert answer.status_code == 421
        assert "ada" not in answer.text


def test_every_name_of_the_cloud_is_good_for_signing_in(script):
    browser = script()
    browser.base_url = f"http://localhost:{browser.port}"
    assert "Access keys" in browser.sign_in("ada").text
    assert str(browser.get("/keys").url).startswith("http://localhost:")


def test_a_form_too_large_to_be_one(ada):
    answer = ada.post("/keys", content=b"a=" + b"b" * 300_000)
    assert answer.status_code == 400
    assert "at most" in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(2000)), b"csrf"])
def test_a_body_that_is_no_form(ada, body):
    assert ada.post("/keys", content=body).status_code == 400


def test_ending_the_session_of_somebody_else(ada, script, cloud):
    grace = script()
    grace.sign_in("grace")
    user = cloud.run(cloud.engines.identities.users.find(cloud.credentials.account_id, "grace"))
    [session, *_] = cloud.run(cloud.engines.signin.sessions.of(user.identity_id))
    for name in (session.session_id.hex(), "zz", "00"):
        path = f"/sessions/{name}/end"
        assert ada.post(path, data={FIELD: ada.token("/keys")}).status_code == 404
    assert grace.is_signed_in


def test_inviting_without_the_permission(ada, cloud):
    answer = ada.post("/people/grace/link", data={FIELD: ada.token("/keys")})
    assert answer.status_code == 403
    assert "iam:UpdateLoginProfile" in answer.text
    assert "/welcome" not in answer.text


def test_a_person_who_is_deleted_is_out_at_once(script, cloud):
    made = cloud.create_user("mary", password="Standing-wave-7")
    mary = script()
    mary.sign_in("mary")
    assert mary.is_signed_in
    identities = cloud.engines.identities
    cloud.run(identities.keys.delete(made.account_id, "mary", made.access_key_id))
    cloud.run(identities.logins.delete(made.account_id, "mary"))
    cloud.run(identities.users.delete(made.account_id, "mary"))
    assert not mary.is_signed_in
