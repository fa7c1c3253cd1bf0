"""Instances of a template, which anybody can make: they must not become more than that."""

import uuid

import pytest

from lenticular.primitives.people import NewProvider

from .conftest import GROUPS_ALL


@pytest.fixture
def instance(http, new_client):
    """Credentials that a stranger made of a template, as the command line does."""
    template, _ = new_client(
        "A command line",
        type="public_installed_client",
        redirect_uris=("http://localhost",),
        template=True,
    )
    document = {"client": {"template_id": template, "name": "Mine"}}
    made = http.post("/v2/api/clients", json=document)
    assert made.status_code == 201
    included = made.json()["included"]["client_credential"]
    return included["client"], included["secret"]


def test_a_stranger_sends_codes_to_a_place_of_their_own(http, instance):
    path = f"/v2/api/clients/{instance[0]}"
    wanted = {"client": {"redirect_uris": ["https://phishing.example/callback"]}}
    answer = http.put(path, json=wanted, auth=instance)
    assert answer.status_code in (400, 403)
    known = http.get(path, auth=instance).json()["client"]["redirect_uris"]
    assert known == ["http://localhost"]


def test_a_stranger_gets_tokens_for_nobody(http, instance):
    form = {"grant_type": "client_credentials", "scope": GROUPS_ALL}
    answer = http.post("/v2/oauth2/token", data=form, auth=instance)
    assert answer.json()["error"] == "unauthorized_client"


def test_a_stranger_fills_the_store_with_identities(cloud, http, instance):
    name = f"institution-{uuid.uuid4().hex[:8]}"
    new = NewProvider(
        name=name, issuer=f"https://{name}.example", client_id="us", domains=(f"{name}.example",)
    )
    cloud.run(cloud.engines.people.providers.create(new))
    query = {"usernames": f"nobody@{name}.example", "provision": "true"}
    assert http.get("/v2/api/identities", params=query, auth=instance).json()["identities"] == []
    del query["provision"]
    assert http.get("/v2/api/identities", params=query, auth=instance).json()["identities"] == []


def test_a_stranger_makes_scopes(http, instance):
    wanted = {"scope": {"name": "Read your mail", "description": "...", "scope_suffix": "mail"}}
    answer = http.post(f"/v2/api/clients/{instance[0]}/scopes", json=wanted, auth=instance)
    assert answer.status_code in (400, 403)
