"""What clients find out by themselves: discovery, keys and userinfo."""

import globus_sdk
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from .conftest import AUTH, TRANSFER_ALL


@pytest.fixture(scope="module")
def described(http):
    return http.get("/.well-known/openid-configuration").json()


def test_every_endpoint_that_is_described_is_there(described, cloud, http):
    for name, url in described.items():
        if name.endswith(("_endpoint", "_uri")):
            assert url.startswith(described["issuer"] + "/")
            assert http.get(url).status_code != 404, name
    assert described["issuer"] == cloud.configuration.url("globus")


def test_the_description_is_valid_but_for_plain_http(described):
    secure = {
        name: value.replace("http://", "https://") if isinstance(value, str) else value
        for name, value in described.items()
    }
    AuthorizationServerMetadata(secure).validate()


def test_what_is_not_spoken_is_not_promised(described):
    assert described["response_types_supported"] == ["code"]
    assert described["code_challenge_methods_supported"] == ["S256"]
    assert "implicit" not in described["grant_types_supported"]
    assert "password" not in described["grant_types_supported"]
    assert described["id_token_signing_alg_values_supported"] == ["RS256"]


def test_keys_are_public_and_may_be_kept_a_while(described, http):
    answer = http.get(described["jwks_uri"])
    assert answer.headers["cache-control"] == "public, max-age=300"
    for key in answer.json()["keys"]:
        assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi"}


def test_globus_sdk_reads_the_key(native):
    assert native.get_jwk(as_pem=True).key_size >= 2048


def test_userinfo(auth_of, ada):
    claims = auth_of(ada, f"openid profile email {AUTH}view_identity_set").userinfo()
    assert claims["sub"] == ada.identity_id
    assert claims["preferred_username"] == ada.username
    assert claims["email"] == ada.email
    assert claims["identity_provider_display_name"] == "Lenticular"
    assert [one["username"] for one in claims["identity_set"]] == [ada.username]


def test_userinfo_tells_what_was_consented_to(auth_of, ada):
    assert auth_of(ada, "openid").userinfo().data == {"sub": ada.identity_id}


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [("none", 401, "UNAUTHORIZED"), ("transfer", 401, "UNAUTHORIZED"), ("auth", 403, "FORBIDDEN")],
)
def test_userinfo_wants_the_right_token(grant, ada, fixture_of, token, status, code):
    """None, one for another audience, and one without the scope."""
    granted = grant(ada, f"{TRANSFER_ALL} {AUTH}view_identity_set")
    shown = {
        "none": "none",
        "transfer": granted["transfer.api.globus.org"].access_token,
        "auth": granted["auth.globus.org"].access_token,
    }[token]
    authorizer = globus_sdk.AccessTokenAuthorizer(shown)
    with (
        globus_sdk.AuthClient(authorizer=authorizer) as client,
        pytest.raises(globus_sdk.AuthAPIError) as caught,
    ):
        client.userinfo()
    assert (caught.value.http_status, caught.value.code) == (status, code)
    [error] = caught.value.raw_json["errors"]
    expected = fixture_of("auth.userinfo", {401: "unauthorized", 403: "forbidden"}[status])
    assert error.keys() == expected["errors"][0].keys()
    assert error["status"] == str(status)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v2/api/nothing", 404, "NOT_FOUND"),
        ("GET", "/v2/api/policies", 404, "NOT_FOUND"),
        ("DELETE", "/v2/oauth2/userinfo", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_not_there_is_told_in_the_services_form(http, method, path, status, code):
    answer = http.request(method, path)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code
    assert answer.headers["x-request-id"]
