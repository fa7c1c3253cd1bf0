"""Attacks on the rooms for research data."""

import base64
import uuid

import httpx
import pytest

from lenticular.engines.connectors.places import Folder
from lenticular.pages import FIELD
from lenticular.portal.authorization import TRANSFER
from lenticular.primitives.collections import Details, NewMapped

from .conftest import Script


@pytest.fixture(scope="module")
def ada(cloud):
    """Ada, signed in."""
    with Script(cloud) as signed_in:
        signed_in.sign_in("ada", to="/tasks")
        yield signed_in


@pytest.fixture(scope="module")
def collection(cloud, tmp_path_factory):
    """A collection of ada's that nobody else sees."""
    account_id = cloud.credentials.account_id
    owner = cloud.run(cloud.engines.identities.users.find(account_id, "ada"))
    new = NewMapped(
        kind="folder",
        origin=Folder(str(tmp_path_factory.mktemp("files"))),
        account_id=account_id,
        owner_id=owner.identity_id,
        details=Details(display_name="Hers", public=False),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


def token(browser):
    """The form token of somebody who has signed in."""
    return browser.token("/tasks")


def as_script(browser, path, **fields):
    headers = {"Accept": "application/json"}
    return browser.post(path, data={FIELD: token(browser), **fields}, headers=headers)


def policy(answer):
    text = answer.headers["content-security-policy"]
    return dict(directive.split(" ", 1) for directive in text.split("; "))


def test_forgery_of_what_lends_a_token_or_does_something(ada, collection):
    ada.get("/files", params={"left": collection})
    for path in ("/files/token", "/files/act", "/files/folder", "/shares"):
        answer = ada.post(path, data={"collection": collection, "verb": "left:delete"})
        assert answer.status_code == 400, path


def test_a_token_is_lent_for_the_files_of_one_collection_and_nothing_else(
    ada, script, cloud, collection
):
    ada.get("/files", params={"left": collection})
    lent = as_script(ada, "/files/token", collection=collection).json()
    assert lent["address"].endswith(f"/collections/{collection}")
    headers = {"Authorization": f"Bearer {lent['token']}"}
    assert httpx.get(f"{lent['address']}/", headers=headers).status_code == 200
    globus = cloud.configuration.url("globus")
    assert httpx.get(f"{globus}/v0.10/task_list", headers=headers).status_code == 401
    for other in (TRANSFER, "auth.globus.org", "", str(uuid.uuid4())):
        refused = as_script(ada, "/files/token", collection=other)
        assert refused.status_code == 403, other
        assert refused.json().keys() == {"error"}
    grace = script()
    grace.sign_in("grace", to="/tasks")
    grace.get("/files", params={"left": collection})
    assert as_script(grace, "/files/token", collection=collection).status_code in (403, 404)


def test_the_script_may_call_nobody_but_the_portal_and_where_the_files_are(ada, cloud, collection):
    files = ada.get("/files", params={"left": collection})
    assert policy(files)["connect-src"] == f"'self' {cloud.configuration.url('data')}"
    assert policy(ada.get("/tasks"))["connect-src"] == "'self'"
    assert policy(files)["script-src"] == "'self'"


def test_a_link_to_a_collection_that_is_not_there_goes_round_once(ada):
    answer = ada.get("/files", params={"left": str(uuid.uuid4()), "right": str(uuid.uuid4())})
    assert answer.status_code == 200
    assert len(answer.history) < 10
    assert answer.text.count('class="notice bad"') == 2


def test_collections_shares_and_tasks_of_others_are_not_there(script, collection):
    grace = script()
    grace.sign_in("grace", to="/tasks")
    task = uuid.uuid4()
    for path in (f"/collections/{collection}", f"/shares/{collection}", f"/tasks/{task}"):
        assert grace.get(path).status_code == 404, path
    assert grace.get(f"/tasks/{task}/events").status_code == 404
    for path in (f"/tasks/{task}/cancel", f"/collections/{collection}/delete"):
        assert grace.post(path, data={FIELD: token(grace)}).status_code == 404, path


@pytest.mark.parametrize("name", ["../x", "a/b", "..", ""])
def test_a_folder_beside_the_open_one(ada, collection, name):
    fields = {"left": collection, "left_path": "/", "side": "left", "name": name}
    assert as_script(ada, "/files/folder", **fields).status_code == 400


@pytest.mark.parametrize("verb", ["", "left", "left:format", "up:delete", "either:transfer:x"])
def test_a_form_that_asks_for_what_there_is_not(ada, verb):
    assert as_script(ada, "/files/act", verb=verb).status_code == 400


def test_cookies_of_an_earlier_version_are_not_enough(script, cloud):
    ada = script()
    ada.sign_in("ada")
    account_id = cloud.credentials.account_id
    user = cloud.run(cloud.engines.identities.users.find(account_id, "ada"))
    assert ada.is_signed_in
    for session in cloud.run(cloud.engines.signin.sessions.of(user.identity_id)):
        context = f"portal token {session.session_id.hex()}"
        kept = cloud.engines.vault.seal(b'{"token":"old","mfa_time":0}', context)
        value = base64.urlsafe_b64encode(kept).decode()
        ada.cookies.set(ada.cookie("token"), value, domain="127.0.0.1", path="/")
        answer = ada.step("/keys")
        assert answer.status_code == 303
        assert "/v2/oauth2/authorize" in answer.headers["location"]
