"""The authorization code flow with globus-sdk: a portal that keeps a secret."""

import time
from urllib.parse import parse_qs, urlsplit

import globus_sdk
import pytest

from .conftest import AUTH, CALLBACK, TRANSFER_ALL

SCOPES = f"openid profile email {AUTH}view_identity_set {TRANSFER_ALL}"


def _exchange(client, browser, scopes=SCOPES, *, refresh_tokens=False, **query):
    client.oauth2_start_flow(CALLBACK, scopes, state="s/1 ü", refresh_tokens=refresh_tokens)
    url = client.oauth2_get_authorize_url(query_params=query)
    return client.oauth2_exchange_code_for_tokens(browser.code(url))


def test_a_person_signs_in_consents_and_the_portal_knows_them(confidential, browse, ada):
    before = int(time.time())
    tokens = _exchange(confidential, browse(ada))
    assert tokens.by_resource_server.keys() == {"auth.globus.org", "transfer.api.globus.org"}
    assert tokens["state"] == "s/1 ü"
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 48 * 3600
    assert tokens.by_scopes[TRANSFER_ALL]["resource_server"] == "transfer.api.globus.org"
    assert tokens.by_resource_server["auth.globus.org"]["refresh_token"] is None
    claims = tokens.decode_id_token()
    assert claims["sub"] == ada.identity_id
    assert claims["preferred_username"] == ada.username
    assert claims["email"] == ada.email
    assert claims["aud"] == confidential.client_id
    assert claims["amr"] == ["pwd"]
    assert before <= claims["last_authentication"] == claims["auth_time"] <= time.time()
    assert [one["sub"] for one in claims["identity_set"]] == [ada.identity_id]


def test_the_answer_comes_with_state_and_issuer(cloud, confidential, browse, ada):
    confidential.oauth2_start_flow(CALLBACK, "openid", state="s/1 ü&x=y")
    ended = urlsplit(browse(ada).authorize(confidential.oauth2_get_authorize_url()))
    answer = parse_qs(ended.query)
    assert f"{ended.scheme}://{ended.netloc}{ended.path}" == CALLBACK
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == ["s/1 ü&x=y"]
    assert answer["iss"] == [cloud.configuration.url("globus")]


def test_consent_is_asked_once(confidential, browse, ada):
    browser = browse(ada)
    for _ in range(2):
        _exchange(confidential, browser, "openid email")
    assert browser.asked == ["sign in", "allow"]
    _exchange(confidential, browser, "openid email profile")
    assert browser.asked == ["sign in", "allow", "allow"]
    _exchange(confidential, browser, "openid", prompt="consent")
    assert browser.asked[3:] == ["allow"]


def test_refresh_tokens_are_for_those_who_ask(confidential, browse, ada):
    browser = browse(ada)
    tokens = _exchange(confidential, browser, refresh_tokens=True)
    for of_server in tokens.by_resource_server.values():
        refreshed = confidential.oauth2_refresh_token(of_server["refresh_token"])
        [again] = refreshed.by_resource_server.values()
        assert again["resource_server"] == of_server["resource_server"]
        assert again["refresh_token"] == of_server["refresh_token"]
        assert again["access_token"] != of_server["access_token"]
        assert refreshed["other_tokens"] == []


def test_prompt_login_asks_for_a_sign_in_each_time(confidential, browse, ada):
    browser = browse(ada)
    browser.sign_in()
    confidential.oauth2_start_flow(CALLBACK, "openid")
    for _ in range(2):
        browser.code(confidential.oauth2_get_authorize_url(prompt="login"))
    assert browser.asked == ["sign in", "sign in", "allow", "sign in"]


def test_a_sign_in_that_was_not_asked_for_does_not_count(confidential, browse, ada):
    """The address to come back to, made up: it is signed, and for the sign-in after it."""
    browser = browse(ada)
    confidential.oauth2_start_flow(CALLBACK, "openid")
    url = confidential.oauth2_get_authorize_url(prompt="login")
    for mark in ("", "0.x.y", f"{int(time.time())}.nobody.x", "9" * 12, "..", "ü"):
        browser.sign_in()
        page = browser.get(f"{url}&asked={mark}")
        assert page.response.headers["location"].startswith("/sign-in?next=")
    marked = parse_qs(urlsplit(page.response.headers["location"]).query)["next"][0]
    page = browser.get(marked)  # come back without having signed in
    assert page.response.headers["location"].startswith("/sign-in?next=")


def test_max_age(confidential, browse, ada):
    browser = browse(ada)
    browser.sign_in()
    confidential.oauth2_start_flow(CALLBACK, "openid")
    browser.code(confidential.oauth2_get_authorize_url(query_params={"max_age": "1000"}))
    assert browser.asked == ["sign in", "allow"]


@pytest.mark.parametrize(
    ("ready", "error"), [((), "login_required"), (("sign in",), "consent_required")]
)
def test_prompt_none_shows_no_page(confidential, browse, new_person, ready, error):
    browser = browse(new_person())
    if ready:
        browser.sign_in()
    confidential.oauth2_start_flow(CALLBACK, "openid")
    url = confidential.oauth2_get_authorize_url(query_params={"prompt": "none"})
    answer = parse_qs(urlsplit(browser.authorize(url)).query)
    assert answer["error"] == [error]
    confidential.oauth2_start_flow(CALLBACK, "openid")
    browser.code(confidential.oauth2_get_authorize_url())
    assert "code" in parse_qs(urlsplit(browser.authorize(url)).query)


def test_a_nonce_comes_back_in_the_id_token(confidential, browse, ada):
    tokens = _exchange(confidential, browse(ada), "openid", nonce="n-0S6_WzA2Mj")
    assert tokens.decode_id_token()["nonce"] == "n-0S6_WzA2Mj"


def test_a_person_says_no(confidential, browse, ada):
    confidential.oauth2_start_flow(CALLBACK, "openid profile", state="s")
    url = confidential.oauth2_get_authorize_url(query_params={"prompt": "consent"})
    answer = parse_qs(urlsplit(browse(ada).authorize(url, answer="deny")).query)
    assert answer["error"] == ["access_denied"]
    assert answer["state"] == ["s"]
    assert "code" not in answer


def test_claims_are_for_the_scopes_that_were_consented_to(confidential, browse, ada):
    claims = _exchange(confidential, browse(ada), "openid").decode_id_token()
    assert claims["sub"] == ada.identity_id
    assert not claims.keys() & {"email", "name", "preferred_username", "identity_set"}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_not_supported"),
        ({"scope": "urn:unknown"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid["}, "invalid_scope"),
        ({"scope": f"openid[{TRANSFER_ALL}]"}, "invalid_scope"),
        ({"access_type": "forever"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e9"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"session_required_policies": "2c0f3d4e"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_errors_go_to_the_client(confidential, browse, ada, query, error):
    confidential.oauth2_start_flow(CALLBACK, "openid", state="s")
    url = confidential.oauth2_get_authorize_url(query_params=query)
    ended = browse(ada).authorize(url)
    answer = parse_qs(urlsplit(ended).query)
    assert ended.startswith(CALLBACK)
    assert (answer["error"], answer["state"]) == ([error], ["s"])
    assert "iss" in answer


def test_session_requirements(confidential, browse, ada):
    browser = browse(ada)
    confidential.oauth2_start_flow(CALLBACK, "openid")
    for met in (
        {"session_required_identities": ada.identity_id},
        {"session_required_identities": [ada.username, "other@example.org"]},
        {"session_required_single_domain": ["example.org", "lab.localhost"]},
    ):
        assert browser.code(confidential.oauth2_get_authorize_url(**met))
    for unmet in (
        {"session_required_identities": "8ca28797-3541-4a5d-a264-05b00f91e608"},
        {"session_required_single_domain": "example.org"},
        {"session_required_mfa": True},
    ):
        del browser.asked[:]
        answer = parse_qs(
            urlsplit(browser.authorize(confidential.oauth2_get_authorize_url(**unmet))).query
        )
        assert answer["error"] == ["access_denied"]
        assert browser.asked == ["sign in"], "once, and not round in circles"


def test_a_client_of_one_institution_only(cloud, new_client, browse, ada):
    client_id, secret = new_client(required_idp="8ca28797-3541-4a5d-a264-05b00f91e608")
    with globus_sdk.ConfidentialAppAuthClient(client_id, secret) as client:
        client.oauth2_start_flow(CALLBACK, "openid")
        ended = browse(ada).authorize(client.oauth2_get_authorize_url())
    assert parse_qs(urlsplit(ended).query)["error"] == ["access_denied"]


def test_the_clouds_own_client_asks_nobody(new_client, browse, ada):
    with globus_sdk.ConfidentialAppAuthClient(*new_client(trusted=True)) as client:
        browser = browse(ada)
        _exchange(client, browser, "openid")
    assert browser.asked == ["sign in"]


def test_a_used_code_is_an_invalid_grant(confidential, browse, ada):
    confidential.oauth2_start_flow(CALLBACK, "openid")
    code = browse(ada).code(confidential.oauth2_get_authorize_url())
    tokens = confidential.oauth2_exchange_code_for_tokens(code)
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        confidential.oauth2_exchange_code_for_tokens(code)
    assert caught.value.http_status == 400
    assert caught.value.raw_json["error"] == "invalid_grant"
    assert not confidential.oauth2_token_introspect(tokens["access_token"])["active"]
