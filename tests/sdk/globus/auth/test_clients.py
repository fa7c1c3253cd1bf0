"""Clients, their credentials and scopes, and projects, managed with globus-sdk."""

import uuid

import globus_sdk
import pytest
from globus_sdk import DependentScopeSpec

from lenticular.primitives.oauth.builtin import COMMAND_LINE_ID, SCOPES

from .conftest import AUTH, TRANSFER_ALL, shape

MANAGE = f"openid {AUTH}manage_projects"


@pytest.fixture
def auth(auth_of, ada):
    """Ada, who manages projects."""
    return auth_of(ada, MANAGE)


@pytest.fixture
def project(auth, ada):
    made = auth.create_project(
        "Weather", contact_email="ada@example.org", admin_ids=[ada.identity_id]
    )
    return made["project"]["id"]


@pytest.fixture
def client_id(auth, project):
    made = auth.create_client(
        "A portal", project, public_client=False, redirect_uris=["https://a/"]
    )
    return made["client"]["id"]


def _refused(status):
    return pytest.raises(globus_sdk.AuthAPIError, check=lambda error: error.http_status == status)


def test_projects(auth, ada, fixture_of):
    made = auth.create_project("Weather", "ada@example.org", admin_ids=[ada.identity_id])
    document = made["project"]
    assert shape(document) == shape(fixture_of("auth.create_project")["project"])
    assert document["admins"]["identities"][0]["username"] == ada.username
    assert document["id"] in {one["id"] for one in auth.get_projects()}
    changed = auth.update_project(document["id"], display_name="Climate")
    assert changed["project"]["display_name"] == "Climate"
    assert changed["project"]["contact_email"] == "ada@example.org"
    assert auth.get_project(document["id"])["project"]["display_name"] == "Climate"
    auth.delete_project(document["id"])
    with _refused(404):
        auth.get_project(document["id"])


@pytest.mark.parametrize(
    "fields",
    [
        {"display_name": "", "contact_email": "a@b.c"},
        {"display_name": "x", "contact_email": "a@b.c", "admin_ids": []},
        {"display_name": "x", "contact_email": "a@b.c", "admin_ids": [str(uuid.uuid4())]},
    ],
)
def test_what_a_project_cannot_be(auth, ada, fields):
    with _refused(400):
        auth.create_project(**{"admin_ids": [ada.identity_id]} | fields)


def test_a_project_with_clients_stays(auth, project, client_id):
    with _refused(400):
        auth.delete_project(project)
    auth.delete_client(client_id)
    auth.delete_project(project)


def test_clients(auth, project, fixture_of):
    made = auth.create_client(
        "A portal",
        project,
        public_client=False,
        redirect_uris=["https://a/"],
        terms_and_conditions="https://a/terms",
        privacy_policy="https://a/privacy",
        visibility="private",
    )["client"]
    expected = fixture_of("auth.get_client")["client"]
    assert made.keys() == expected.keys()
    assert made["client_type"] == "hybrid_confidential_client_resource_server"
    assert made["project"] == project
    assert made["links"]["terms_and_conditions"] == "https://a/terms"
    assert auth.get_client(client_id=made["id"])["client"] == made
    assert made["id"] in {one["id"] for one in auth.get_clients()}
    changed = auth.update_client(made["id"], name="Another", redirect_uris=["https://b/"])["client"]
    assert changed == made | {"name": "Another", "redirect_uris": ["https://b/"]}
    assert auth.delete_client(made["id"])["client"]["id"] == made["id"]
    with _refused(404):
        auth.get_client(client_id=made["id"])


@pytest.mark.parametrize(
    "client_type",
    [
        "client_identity",
        "confidential_client",
        "public_installed_client",
        "public_webapp_client",
        "resource_server",
    ],
)
def test_types_of_clients(auth, project, client_type):
    made = auth.create_client("One", project, client_type=client_type)["client"]
    assert made["client_type"] == client_type
    assert made["public_client"] == client_type.startswith("public_")
    acts_for_people = made["public_client"] or client_type == "confidential_client"
    assert ("authorization_code" in made["grant_types"]) == acts_for_people


@pytest.mark.parametrize(
    "fields",
    [
        {"public_client": False, "redirect_uris": ["http://portal.example.org/"]},
        {"public_client": False, "redirect_uris": ["javascript:alert(1)"]},
        {"public_client": False, "redirect_uris": ["https://a/#fragment"]},
        {
            "public_client": False,
            "terms_and_conditions": "javascript:x",
            "privacy_policy": "https://a",
        },
        {"client_type": "unheard_of"},
    ],
)
def test_what_a_client_cannot_be(auth, project, fields):
    with _refused(400):
        auth.create_client("One", project, **fields)


def test_credentials(auth, client_id, fixture_of):
    assert list(auth.get_client_credentials(client_id)) == []
    made = auth.create_client_credential(client_id, "first")["credential"]
    assert shape(made) == shape(fixture_of("auth.create_client_credential")["credential"])
    with globus_sdk.ConfidentialAppAuthClient(client_id, made["secret"]) as client:
        assert client.oauth2_client_credentials_tokens("openid")["access_token"]
        [listed] = auth.get_client_credentials(client_id)
        assert listed == made | {"secret": None}
        auth.delete_client_credential(client_id, made["id"])
        with _refused(401):
            client.oauth2_client_credentials_tokens("openid")


def test_a_client_manages_itself(new_client):
    """As ``globus logout --delete-client`` does it."""
    client_id, secret = new_client()
    with globus_sdk.ConfidentialAppAuthClient(client_id, secret) as client:
        assert client.get(f"/v2/api/clients/{client_id}")["client"]["id"] == client_id
        client.delete(f"/v2/api/clients/{client_id}")
        with _refused(401):
            client.get(f"/v2/api/clients/{client_id}")


def test_an_instance_of_a_template(native, fixture_of):
    made = native.create_native_app_instance(COMMAND_LINE_ID, "Globus CLI")
    expected = fixture_of("auth.create_native_app_instance")["client"]
    assert made["client"].keys() == expected["client"].keys()
    assert made["client"]["parent_client"] == COMMAND_LINE_ID
    assert made["client"]["public_client"] is False
    credential = made["included"]["client_credential"]
    assert credential.keys() >= expected["included"]["client_credential"].keys()
    with globus_sdk.ConfidentialAppAuthClient(credential["client"], credential["secret"]) as client:
        with pytest.raises(globus_sdk.AuthAPIError) as caught:
            client.oauth2_client_credentials_tokens("openid")
        assert caught.value.raw_json["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "wanted", [{"template_id": str(uuid.uuid4())}, {"name": "x", "public_client": True}, {}]
)
def test_nobody_registers_clients_unknown(http, wanted):
    answer = http.post("/v2/api/clients", json={"client": {"name": "One"} | wanted})
    assert answer.status_code in (401, 404)
    assert answer.json()["errors"]


def test_scopes(auth, client_id, fixture_of):
    transfer = SCOPES[TRANSFER_ALL].scope_id
    made = auth.create_scope(
        client_id,
        "Run",
        "Run things",
        "run",
        advertised=True,
        dependent_scopes=[DependentScopeSpec(transfer, True, False)],
    )["scope"]
    expected = fixture_of("auth.create_scope", "dependent_scopes")["scope"]
    assert shape(made) == shape(expected) | {"required_domains": []}
    assert made["scope_string"] == f"https://auth.globus.org/scopes/{client_id}/run"
    assert made["dependent_scopes"][0]["scope"] == transfer
    assert auth.get_scope(made["id"])["scope"] == made
    assert [one["id"] for one in auth.get_scopes(scope_strings=[made["scope_string"]])] == [
        made["id"]
    ]
    assert [one["id"] for one in auth.get_scopes(ids=[made["id"], str(uuid.uuid4())])] == [
        made["id"]
    ]
    assert made["id"] in {one["id"] for one in auth.get_scopes()}
    assert made["id"] in auth.get_client(client_id=client_id)["client"]["scopes"]
    changed = auth.update_scope(made["id"], description="Run all", dependent_scopes=[])["scope"]
    assert changed == made | {"description": "Run all", "dependent_scopes": []}
    auth.delete_scope(made["id"])
    with _refused(404):
        auth.get_scope(made["id"])


@pytest.mark.parametrize("suffix", ["", "a b", "a/b", "a[b]", "x" * 60])
def test_what_a_scope_cannot_be(auth, client_id, suffix):
    with _refused(400):
        auth.create_scope(client_id, "One", "One", suffix)


def test_the_built_in_scopes_are_seen_and_stay(auth):
    [openid] = auth.get_scopes(scope_strings=["openid"])
    assert openid["client"] == "auth.globus.org"
    with _refused(404):
        auth.update_scope(openid["id"], name="Mine")
    with _refused(404):
        auth.delete_scope(openid["id"])


def test_others_see_nothing_of_it(auth, auth_of, new_person, cloud, project, client_id):
    """Neither a colleague who is no administrator, nor somebody of another account."""
    scope = auth.create_scope(client_id, "Run", "Run", "run")["scope"]
    institute = cloud.create_account(f"institute-{uuid.uuid4().hex[:6]}").account_id
    for stranger in (new_person(), new_person(account_id=institute)):
        client = auth_of(stranger, MANAGE)
        assert list(client.get_projects()) == []
        assert client_id not in {one["id"] for one in client.get_clients()}
        assert list(client.get_scopes(scope_strings=[scope["scope_string"]])) == []
        for refused in (
            lambda client=client: client.get_project(project),
            lambda client=client: client.update_project(project, display_name="Mine"),
            lambda client=client: client.get_client(client_id=client_id),
            lambda client=client: client.update_client(client_id, name="Mine"),
            lambda client=client: client.delete_client(client_id),
            lambda client=client: client.create_client_credential(client_id, "mine"),
            lambda client=client: client.get_client_credentials(client_id),
            lambda client=client: client.create_scope(client_id, "Mine", "Mine", "mine"),
            lambda client=client: client.get_scope(scope["id"]),
            lambda client=client: client.update_scope(scope["id"], name="Mine"),
            lambda client=client: client.delete_scope(scope["id"]),
            lambda client=client: client.create_client("Mine", project, public_client=True),
        ):
            with _refused(404):
                refused()


def test_managing_needs_the_scope(auth_of, ada, project, client_id):
    client = auth_of(ada, "openid profile")
    with _refused(403):
        client.get_projects()
    with _refused(403):
        client.create_client("One", project, public_client=True)
    with _refused(404):
        client.get_client(client_id=client_id)
    with _refused(403):
        client.get_client_credentials(client_id)


def test_a_group_administers_a_project(cloud, auth, auth_of, ada, new_person, grant):
    grace = new_person()
    token = grant(grace, "urn:globus:auth:scope:groups.api.globus.org:all")
    authorizer = globus_sdk.AccessTokenAuthorizer(token["groups.api.globus.org"].access_token)
    with globus_sdk.GroupsClient(authorizer=authorizer) as groups:
        group = groups.create_group({"name": "Developers"})["id"]
    made = auth.create_project(
        "Ours", "a@b.c", admin_ids=[ada.identity_id], admin_group_ids=[group]
    )["project"]
    assert [one["id"] for one in auth_of(grace, MANAGE).get_projects()] == [made["id"]]
