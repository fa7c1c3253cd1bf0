"""Consents that people see and withdraw, with globus-sdk."""

import globus_sdk
import pytest
from globus_sdk.scopes import TimersScopes, TransferScopes

from .conftest import AUTH, shape

TIMER = str(TimersScopes.timer.with_dependency(TransferScopes.all))
MANAGE = f"{AUTH}manage_consents"


@pytest.fixture
def person(new_person):
    return new_person()


def test_a_client_sees_what_it_was_allowed(auth_of, person, fixture_of):
    auth = auth_of(person, f"openid {TIMER}")
    answer = auth.get_consents(person.identity_id)
    [expected] = shape(fixture_of("auth.get_consents"))["consents"]
    assert [shape(one) for one in answer["consents"]] == [expected] * 3
    forest = answer.to_forest()
    assert forest.meets_scope_requirements(TIMER)
    assert forest.meets_scope_requirements("openid")
    assert not forest.meets_scope_requirements(str(TransferScopes.all))


def test_consents_of_other_clients_need_a_scope(auth_of, grant, new_client, person):
    other, _ = new_client()
    grant(person, "openid profile", other)
    auth = auth_of(person, "openid")
    assert {one["scope_name"] for one in auth.get_consents(person.identity_id)["consents"]} == {
        "openid"
    }
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth.get_consents(person.identity_id, all=True)
    assert caught.value.http_status == 403
    seeing = auth_of(person, f"openid {AUTH}view_consents")
    found = seeing.get_consents(person.identity_id, all=True)["consents"]
    assert other in {one["client"] for one in found}


def test_withdrawing(auth_of, grant, new_client, person):
    client_id, secret = new_client()
    granted = grant(person, f"openid {TIMER}", client_id)
    auth = auth_of(person, MANAGE)
    consents = auth.get_consents(person.identity_id, all=True)["consents"]
    [root] = [
        one["id"]
        for one in consents
        if one["scope_name"] == str(TimersScopes.timer) and one["client"] == client_id
    ]
    path = f"/v2/api/identities/{person.identity_id}/consents/{root}"
    gone = auth.delete(path)["consents"]
    assert [one["dependency_path"][0] for one in gone] == [root, root]
    with globus_sdk.ConfidentialAppAuthClient(client_id, secret) as client:
        timers = granted[TimersScopes.resource_server]
        assert not client.oauth2_token_introspect(timers.access_token)["active"]
        with pytest.raises(globus_sdk.AuthAPIError):
            client.oauth2_refresh_token(timers.refresh_token)
        openid = granted["auth.globus.org"]
        assert client.oauth2_token_introspect(openid.access_token)["active"]
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth.delete(path)
    assert caught.value.http_status == 404


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30])
def test_consents_that_are_none(auth_of, person, number):
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth_of(person, MANAGE).delete(f"/v2/api/identities/{person.identity_id}/consents/{number}")
    assert caught.value.http_status == 404


def test_nobody_sees_or_withdraws_what_another_consented_to(auth_of, person, ada):
    theirs = auth_of(ada, MANAGE).get_consents(ada.identity_id, all=True)["consents"]
    auth = auth_of(person, MANAGE)
    for method, path in (
        (auth.get, f"/v2/api/identities/{ada.identity_id}/consents"),
        (auth.delete, f"/v2/api/identities/{ada.identity_id}/consents/{theirs[0]['id']}"),
    ):
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            method(path)
        assert caught.value.http_status == 403
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth.delete(f"/v2/api/identities/{person.identity_id}/consents/{theirs[0]['id']}")
    assert caught.value.http_status == 404


def test_withdrawing_needs_the_scope(auth_of, person):
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth_of(person, "openid").delete(f"/v2/api/identities/{person.identity_id}/consents/1")
    assert caught.value.http_status == 403
