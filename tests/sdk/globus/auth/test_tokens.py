"""Client credentials, dependent tokens, introspection and revocation, with globus-sdk."""

import base64

import globus_sdk
import pytest

from lenticular.primitives.oauth import Dependency, NewScope

from .conftest import GROUPS_ALL, TRANSFER_ALL, shape


@pytest.fixture
def client_of(new_client):
    """``client_of(**fields)``: globus-sdk's login client of a new client."""
    made = []

    def client(**fields):
        made.append(globus_sdk.ConfidentialAppAuthClient(*new_client(**fields)))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def service(cloud, client_of):
    """A resource server whose one scope needs transfers, and groups when asked."""
    client = client_of(name="A service")
    scope = f"https://auth.globus.org/scopes/{client.client_id}/run"
    new = NewScope(
        string=scope,
        client_id=client.client_id,
        dependencies=(Dependency(TRANSFER_ALL), Dependency(GROUPS_ALL, optional=True)),
    )
    cloud.run(cloud.engines.oauth.scopes.create(new))
    client.scope = scope
    return client


def test_client_credentials(confidential, fixture_of):
    answer = confidential.oauth2_client_credentials_tokens(TRANSFER_ALL)
    assert shape(answer.data) == shape(fixture_of("auth.oauth2_client_credentials_tokens"))
    found = confidential.oauth2_token_introspect(answer["access_token"])
    assert found["sub"] == confidential.client_id
    assert found["username"] == f"{confidential.client_id}@clients.auth.globus.org"


def test_a_client_as_its_own_person(confidential):
    answer = confidential.oauth2_client_credentials_tokens("openid profile email")
    assert answer.decode_id_token()["sub"] == confidential.client_id
    authorizer = globus_sdk.ClientCredentialsAuthorizer(confidential, "openid profile")
    with globus_sdk.AuthClient(authorizer=authorizer) as client:
        claims = client.userinfo()
    assert claims["preferred_username"] == f"{confidential.client_id}@clients.auth.globus.org"


def test_dependent_tokens(service, grant, ada, fixture_of):
    token = grant(ada, service.scope)[service.client_id].access_token
    answer = service.oauth2_get_dependent_tokens(token)
    assert shape(answer.data) == shape(fixture_of("auth.oauth2_get_dependent_tokens", "groups"))
    assert answer.by_resource_server.keys() == {"transfer.api.globus.org"}
    lasting = service.oauth2_get_dependent_tokens(token, refresh_tokens=True)
    [of_transfer] = lasting.by_resource_server.values()
    refreshed = service.oauth2_refresh_token(of_transfer["refresh_token"])
    assert refreshed["resource_server"] == "transfer.api.globus.org"


def test_dependent_tokens_with_more_consent(service, grant, ada):
    token = grant(ada, f"{service.scope}[{GROUPS_ALL}]")[service.client_id].access_token
    answer = service.oauth2_get_dependent_tokens(token)
    assert len(answer.by_resource_server) == 2
    only = service.oauth2_get_dependent_tokens(token, scope=GROUPS_ALL)
    assert only.by_resource_server.keys() == {"groups.api.globus.org"}


def test_dependent_tokens_of_another_audience(service, confidential, grant, ada):
    granted = grant(ada, f"openid {service.scope}")
    run, auth = granted[service.client_id].access_token, granted["auth.globus.org"].access_token
    for thief, token in ((confidential, run), (service, auth), (service, "none")):
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            thief.oauth2_get_dependent_tokens(token)
        assert caught.value.raw_json["error"] == "invalid_grant"


def test_introspection(service, grant, ada, fixture_of, cloud):
    token = grant(ada, f"openid {service.scope}")[service.client_id].access_token
    found = service.oauth2_token_introspect(token)
    expected = shape(fixture_of("auth.oauth2_token_introspect"))
    assert shape(found.data).items() >= expected.items()
    assert found["sub"] == ada.identity_id
    assert found["username"] == ada.username
    assert found["email"] == ada.email
    assert found["scope"] == service.scope
    assert service.client_id in found["aud"]
    assert found["iss"] == cloud.configuration.url("globus")
    assert found["exp"] - found["iat"] == 48 * 3600
    assert "identity_set" not in found.data
    more = service.oauth2_token_introspect(
        token, include="identity_set,identity_set_detail,session_info"
    )
    assert more["identity_set"] == [ada.identity_id]
    assert more["identity_set_detail"][0]["username"] == ada.username
    assert more["session_info"]["authentications"] == {}
    assert found["dependent_tokens_cache_id"] == more["dependent_tokens_cache_id"]


def test_introspection_by_a_foreign_client(service, confidential, grant, ada):
    token = grant(ada, service.scope)[service.client_id].access_token
    assert confidential.oauth2_token_introspect(token).data == {"active": False}
    assert confidential.oauth2_token_introspect("none").data == {"active": False}


def test_revocation(service, grant, ada, fixture_of):
    token = grant(ada, service.scope)[service.client_id].access_token
    answer = service.oauth2_revoke_token(token)
    assert answer.data == fixture_of("auth.oauth2_revoke_token")
    assert not service.oauth2_token_introspect(token)["active"]
    assert service.oauth2_revoke_token("none").data == {"active": False}


@pytest.mark.parametrize("form", [{}, {"client_id": "unknown"}, {"client_id": ""}])
def test_nobody_revokes_without_saying_which_client_it_is(http, form):
    answer = http.post("/v2/oauth2/token/revoke", data={"token": "x"} | form)
    assert answer.status_code == 401


def _basic(client_id, secret):
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


def test_a_client_proves_who_it_is_in_one_way(http, new_client):
    client_id, secret = new_client()
    form = {"grant_type": "client_credentials", "scope": "openid"}
    right, path = {"client_id": client_id, "client_secret": secret}, "/v2/oauth2/token"
    for fields, headers, status, error in [
        (right, {}, 200, None),
        ({}, _basic(client_id, secret), 200, None),
        ({"client_id": client_id}, _basic(client_id, secret), 200, None),
        ({}, {}, 401, "invalid_client"),
        ({"client_id": client_id}, {}, 401, "invalid_client"),
        (right | {"client_secret": "x"}, {}, 401, "invalid_client"),
        ({}, _basic(client_id, "x"), 401, "invalid_client"),
        ({}, {"Authorization": "Basic %%%"}, 401, "invalid_client"),
        ({}, {"Authorization": f"Bearer {secret}"}, 401, "invalid_client"),
        (right, _basic(client_id, secret), 400, "invalid_request"),
        ({"client_id": "another"}, _basic(client_id, secret), 400, "invalid_request"),
    ]:
        answer = http.post(path, data=form | fields, headers=headers)
        assert answer.status_code == status, fields
        assert answer.json().get("error") == error
        assert answer.headers["cache-control"] == "no-store"
        assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "urn:unknown"}, "invalid_scope"),
        ({"grant_type": "urn:globus:auth:grant_type:dependent_token"}, "invalid_request"),
    ],
)
def test_malformed_token_requests(http, new_client, form, error):
    answer = http.post("/v2/oauth2/token", data=form, headers=_basic(*new_client()))
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"grant_type=client_credentials&grant_type=refresh_token", {}, 400),
        (b'{"grant_type": "client_credentials"}', {"Content-Type": "application/json"}, 400),
        (b"grant_type=\xff", {}, 400),
        (b"&".join(b"a%d=1" % number for number in range(300)), {}, 400),
        (b"a=" + b"x" * (2 * 1024 * 1024), {}, 413),
    ],
)
def test_forms_that_cannot_be_read(http, new_client, content, headers, status):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = http.post(
        "/v2/oauth2/token",
        content=content,
        headers=kind | _basic(*new_client()) | headers,
    )
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"


def test_a_public_client_gets_nothing_for_itself(http, native):
    form = {"grant_type": "client_credentials", "scope": "openid", "client_id": native.client_id}
    answer = http.post("/v2/oauth2/token", data=form)
    assert answer.json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("path", ["introspect", "validate"])
def test_a_public_client_learns_nothing_of_tokens(http, native, path):
    form = {"token": "x", "client_id": native.client_id}
    answer = http.post(f"/v2/oauth2/token/{path}", data=form)
    assert answer.status_code == 401
