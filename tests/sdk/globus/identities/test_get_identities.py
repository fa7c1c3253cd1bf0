"""Identities and their providers through globus-sdk: by whole name or id, and no other way."""

import uuid

import globus_sdk
import pytest
from globus_sdk.testing import get_response_set

from lenticular.primitives.people import CLIENT_PROVIDER, LOCAL_PROVIDER, NewProvider

VIEW = "openid email profile urn:globus:auth:scope:auth.globus.org:view_identity_set"


@pytest.fixture(scope="module")
def auth_of(access_token):
    """``auth_of(person)``: an AuthClient that acts for them."""
    made = []

    def client(person):
        authorizer = globus_sdk.AccessTokenAuthorizer(access_token(person, VIEW))
        made.append(globus_sdk.AuthClient(authorizer=authorizer))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def auth(auth_of, ada):
    return auth_of(ada)


@pytest.fixture(scope="module")
def emmy(cloud, new_person):
    """A person of another account."""
    return new_person("emmy", cloud.create_account(f"institute-{uuid.uuid4().hex[:6]}").account_id)


@pytest.fixture(scope="module")
def university(cloud):
    """An institution that vouches for ``@uni.example``."""
    new = NewProvider(
        name="uni",
        title="University",
        issuer="https://login.uni.example",
        client_id="c",
        domains=("uni.example",),
    )
    return cloud.run(cloud.engines.people.providers.create(new))


def usernames(answer):
    return [one["username"] for one in answer]


def test_documents_are_as_the_sdk_expects(auth, ada):
    [ours] = auth.get_identities(usernames=ada.username)
    fixture = get_response_set("auth.get_identities").lookup("sirosen").json["identities"][0]
    assert set(ours) >= set(fixture)
    assert {name: type(ours[name]) for name in fixture} == {
        name: type(value) for name, value in fixture.items()
    }
    assert ours["id"] == ada.identity_id
    assert (ours["status"], ours["identity_provider"]) == ("used", LOCAL_PROVIDER)
    [provider] = auth.get_identity_providers(ids=LOCAL_PROVIDER)
    fixture = get_response_set("auth.get_identity_providers").lookup("globusid").json
    assert set(provider) == set(fixture["identity_providers"][0])


def test_by_username_and_id(auth, ada, emmy):
    both = auth.get_identities(usernames=[ada.username.upper(), emmy.username])
    assert usernames(both) == [ada.username, emmy.username]
    ids = [emmy.identity_id, ada.identity_id.upper(), emmy.identity_id]
    assert usernames(auth.get_identities(ids=ids)) == [emmy.username, ada.username]
    one = auth.get(f"/v2/api/identities/{emmy.identity_id}")["identity"]
    assert one["username"] == emmy.username


def test_with_the_providers(auth, ada):
    answer = auth.get_identities(ids=ada.identity_id, query_params={"include": "identity_provider"})
    [provider] = answer["included"]["identity_providers"]
    assert (provider["id"], provider["domains"]) == (LOCAL_PROVIDER, [])


def test_a_mail_address_is_told_to_its_own_person_only(auth, ada, emmy):
    by_name = {
        one["username"]: one for one in auth.get_identities(usernames=[ada.username, emmy.username])
    }
    assert by_name[ada.username]["email"] == ada.email
    assert by_name[emmy.username]["email"] is None


def test_nobody_is_found_but_by_the_whole_name(auth, ada, emmy):
    """No prefix, no mail address, no bare name, no pattern: people cannot be listed."""
    for name in ("emmy", emmy.email, "*", "%", f"*@{emmy.username.partition('@')[2]}", ""):
        assert usernames(auth.get_identities(usernames=name)) == []
    assert usernames(auth.get_identities(ids=str(uuid.uuid4()))) == []


def test_what_cannot_be_asked(auth, ada):
    for query in (
        {},
        {"usernames": ada.username, "ids": ada.identity_id},
        {"ids": "ada"},
        {"usernames": ",".join(["a@b"] * 501)},
    ):
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            auth.get("/v2/api/identities", query_params=query)
        assert caught.value.http_status == 400
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth.get(f"/v2/api/identities/{uuid.uuid4()}")
    assert caught.value.http_status == 404


def test_nobody_without_a_credential(cloud, ada):
    client = globus_sdk.AuthClient()
    for ask in (
        lambda: client.get_identities(usernames=ada.username),
        lambda: client.get_identity_providers(ids=LOCAL_PROVIDER),
    ):
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            ask()
        assert caught.value.http_status == 401
    client.close()


def test_an_application_asks_with_its_secret(confidential, ada):
    def look_up(username):
        query = {"usernames": username}
        return confidential.get("/v2/api/identities", query_params=query)["identities"]

    [found] = look_up(ada.username)
    assert (found["id"], found["email"]) == (ada.identity_id, None)
    me = f"{confidential.client_id}@clients.auth.globus.org"
    [own] = look_up(me)
    assert (own["id"], own["identity_provider"]) == (confidential.client_id, CLIENT_PROVIDER)


def test_provisioning(auth, university):
    name = f"grace-{uuid.uuid4().hex[:6]}@uni.example"
    assert usernames(auth.get_identities(usernames=name)) == []
    [made] = auth.get_identities(usernames=name, provision=True)
    assert (made["status"], made["name"], made["email"]) == ("unused", None, None)
    assert made["identity_provider"] == university.provider_id
    [again] = auth.get_identities(usernames=name)
    assert again["id"] == made["id"]
    for unknown in ("grace@elsewhere.example", "nobody@lab.localhost"):
        assert usernames(auth.get_identities(usernames=unknown, provision=True)) == []


def test_an_identity_map(auth, ada, emmy):
    people = globus_sdk.IdentityMap(auth, [ada.username, emmy.identity_id])
    assert people[ada.username]["id"] == ada.identity_id
    assert people[emmy.identity_id]["username"] == emmy.username


def test_identity_providers(auth, ada, university):
    def names(**query):
        answer = auth.get("/v2/api/identity_providers", query_params=query)
        return [(one["short_name"], one["domains"]) for one in answer["identity_providers"]]

    assert names(ids=university.provider_id) == [("uni", ["uni.example"])]
    assert names(domains="uni.example") == [("uni", ["uni.example"])]
    assert names(iss="https://login.uni.example") == [("uni", ["uni.example"])]
    domain = ada.username.partition("@")[2]
    assert names(domains=domain) == [("lenticular", [domain])]
    assert names(domains="clients.auth.globus.org")[0][0] == "clients"
    assert names(domains="nobody.localhost") == names(ids=str(uuid.uuid4())) == []
    one = auth.get(f"/v2/api/identity_providers/{university.provider_id}")
    assert one["identity_provider"]["name"] == "University"
    with pytest.raises(globus_sdk.AuthAPIError) as caught:
        auth.get("/v2/api/identity_providers")
    assert caught.value.http_status == 400


def test_linked_identities_are_one_account(cloud, auth_of, new_person, university):
    """The person is told of all of them; each is found by itself."""
    person = new_person()
    name = f"{person.name}@uni.example"
    linked = cloud.run(cloud.engines.people.link_username(person.identity_id, name))
    client = auth_of(person)
    told = client.userinfo()["identity_set"]
    assert {one["sub"] for one in told} == {person.identity_id, linked.identity_id}
    [found] = client.get_identities(ids=linked.identity_id)
    assert found["username"] == name
