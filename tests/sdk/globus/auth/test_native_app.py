"""Apps on a person's own machine, with globus-sdk: PKCE, loopback, a code to copy, refresh."""

import time
from urllib.parse import parse_qs, urlsplit

import globus_sdk
import pytest

from .conftest import TRANSFER_ALL


def _start(native, scopes="openid", **options):
    native.oauth2_start_flow(scopes, refresh_tokens=True, **options)
    return native.oauth2_get_authorize_url()


def test_the_code_to_copy(native, browse, ada):
    """What globus-sdk does when it is told no redirect URI."""
    browser = browse(ada)
    url = _start(native, f"openid {TRANSFER_ALL}")
    page = browser.get(browser.authorize(url))
    code = page.response.url.params["code"]
    assert page.status == 200
    assert code in page.text
    tokens = native.oauth2_exchange_code_for_tokens(code)
    assert tokens.decode_id_token()["sub"] == ada.identity_id
    assert tokens.by_resource_server["transfer.api.globus.org"]["refresh_token"]


@pytest.mark.parametrize("uri", ["http://localhost:54321", "http://localhost:1/"])
def test_an_app_that_listens(native, browse, ada, uri):
    ended = browse(ada).authorize(_start(native, redirect_uri=uri))
    assert ended.startswith(uri)
    code = parse_qs(urlsplit(ended).query)["code"][0]
    assert native.oauth2_exchange_code_for_tokens(code)["access_token"]


def test_an_app_is_consented_to_each_time(native, browse, ada):
    """It cannot prove that it is the one of last time (RFC 8252, section 8.6)."""
    browser = browse(ada)
    for _ in range(2):
        browser.code(_start(native))
    assert browser.asked == ["sign in", "allow", "allow"]


def test_the_verifier_belongs_to_the_code(native, browse, ada):
    url = _start(native, verifier="v" * 43)
    code = browse(ada).code(url)
    _start(native, verifier="w" * 43)
    with pytest.raises(globus_sdk.AuthAPIError, match="code_verifier"):
        native.oauth2_exchange_code_for_tokens(code)


def test_a_refresh_token_authorizer_goes_on_with_the_newest(native, browse, ada):
    tokens = native.oauth2_exchange_code_for_tokens(browse(ada).code(_start(native)))
    seen = []
    authorizer = globus_sdk.RefreshTokenAuthorizer(
        tokens["refresh_token"],
        native,
        access_token=tokens["access_token"],
        expires_at=int(time.time()) - 1,
        on_refresh=lambda answer: seen.append(answer["refresh_token"]),
    )
    with globus_sdk.AuthClient(authorizer=authorizer) as client:
        for _ in range(3):
            authorizer.expires_at = 0
            assert client.userinfo()["sub"] == ada.identity_id
    assert len({tokens["refresh_token"], *seen}) == 4


def test_an_expired_access_token_is_refreshed_by_itself(native, browse, ada):
    tokens = native.oauth2_exchange_code_for_tokens(browse(ada).code(_start(native)))
    native.oauth2_revoke_token(tokens["access_token"])
    authorizer = globus_sdk.RefreshTokenAuthorizer(
        tokens["refresh_token"],
        native,
        access_token=tokens["access_token"],
        expires_at=tokens.by_resource_server["auth.globus.org"]["expires_at_seconds"],
    )
    with globus_sdk.AuthClient(authorizer=authorizer) as client:
        assert client.userinfo()["sub"] == ada.identity_id
    assert authorizer.access_token != tokens["access_token"]


def test_refresh_token_reuse(native, browse, ada):
    tokens = native.oauth2_exchange_code_for_tokens(browse(ada).code(_start(native)))
    newer = native.oauth2_refresh_token(tokens["refresh_token"])
    for token in (tokens["refresh_token"], newer["refresh_token"]):
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            native.oauth2_refresh_token(token)
        assert caught.value.raw_json["error"] == "invalid_grant"
    with (
        globus_sdk.AuthClient(
            authorizer=globus_sdk.AccessTokenAuthorizer(newer["access_token"])
        ) as client,
        pytest.raises(globus_sdk.AuthAPIError) as caught,
    ):
        client.userinfo()
    assert caught.value.http_status == 401


def test_revoking_ends_a_login(native, browse, ada):
    tokens = native.oauth2_exchange_code_for_tokens(browse(ada).code(_start(native)))
    for name in ("access_token", "refresh_token"):
        assert native.oauth2_revoke_token(tokens[name])["active"] is False
    with pytest.raises(globus_sdk.AuthAPIError):
        native.oauth2_refresh_token(tokens["refresh_token"])
