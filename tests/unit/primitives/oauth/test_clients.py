"""Clients: registered, instances of templates, their secrets, and names of resource servers."""

from uuid import uuid4

import pytest

from lenticular.primitives.oauth import (
    ClientUnknown,
    EntryExists,
    EntryInvalid,
    EntryNotFound,
    GrantType,
    NewClient,
    NewScope,
)
from lenticular.primitives.oauth import clients as clients_module
from lenticular.primitives.oauth.builtin import COMMAND_LINE_ID, GROUPS, TRANSFER
from lenticular.primitives.oauth.clients import UNUSED_LIFETIME


async def test_a_client_is_found_with_what_was_said_of_it(setting, oauth):
    client_id = str(uuid4())
    made = await setting.client(
        client_id=client_id.upper(), redirect_uris=("https://a/", "https://a/")
    )
    assert made.client_id == client_id
    assert made.redirect_uris == ("https://a/",)
    assert await oauth.clients.get(client_id) == made
    assert await oauth.clients.of_account(setting.account_id) == [made]


async def test_an_id_is_taken_once(setting, portal):
    with pytest.raises(EntryExists):
        await setting.client(client_id=portal.client_id)
    with pytest.raises(EntryExists):
        await setting.client(client_id=COMMAND_LINE_ID)


@pytest.mark.parametrize(
    "fields",
    [
        {"client_id": "portal"},
        {"client_id": "{12345678-1234-4234-8234-123456789012}"},
        {"name": ""},
        {"name": "two\nlines"},
        {"name": "x" * 300},
        {"redirect_uris": ("/relative",)},
        {"redirect_uris": tuple(f"https://a/{number}" for number in range(51))},
    ],
)
async def test_what_a_client_cannot_be(setting, fields):
    with pytest.raises(EntryInvalid):
        await setting.client(**fields)


async def test_a_secret_opens_its_own_client_only(setting, oauth):
    one, two = await setting.client(secret="s" * 30), await setting.client(secret="t" * 30)
    assert await oauth.clients.credentials.authenticate(one.client_id, "s" * 30) == one
    for client_id, secret in [
        (two.client_id, "s" * 30),
        (one.client_id, ""),
        (one.client_id, "s" * 29),
        (str(uuid4()), "s" * 30),
        (TRANSFER, ""),
        ("\ud800", "s" * 30),
        ("", ""),
    ]:
        with pytest.raises(ClientUnknown):
            await oauth.clients.credentials.authenticate(client_id, secret)


async def test_secrets_are_not_in_the_store(setting, oauth):
    made = NewClient(name="A portal", account_id=setting.account_id)
    _, chosen = await oauth.clients.create(made, "a secret that somebody chose")
    _, random = await oauth.clients.create(made)
    contents = await setting.contents()
    for secret in (chosen.secret, random.secret):
        assert secret.encode() not in contents
    assert len(random.secret) >= 43


async def test_a_client_has_several_secrets_while_they_are_exchanged(oauth, portal):
    credentials = oauth.clients.credentials
    first = (await credentials.of(portal.client_id))[0]
    made = await credentials.create(portal.client_id, "second", 1)
    assert await credentials.authenticate(portal.client_id, made.secret)
    await credentials.delete(portal.client_id, made.credential.credential_id)
    with pytest.raises(ClientUnknown):
        await credentials.authenticate(portal.client_id, made.secret)
    assert await credentials.of(portal.client_id) == [first]
    with pytest.raises(EntryNotFound):
        await credentials.delete(portal.client_id, made.credential.credential_id)


async def test_a_public_client_has_no_secret(setting, oauth, app):
    assert await oauth.clients.credentials.of(app.client_id) == []
    with pytest.raises(EntryInvalid):
        await oauth.clients.credentials.create(app.client_id, "one", 1)
    with pytest.raises(EntryInvalid):
        await setting.app(secret="s" * 30)


async def test_an_instance_of_a_template_keeps_a_secret_and_acts_for_people_only(oauth):
    client, made = await oauth.clients.create_instance(COMMAND_LINE_ID, "Globus CLI")
    assert await oauth.clients.credentials.authenticate(client.client_id, made.secret) == client
    assert client.parent_id == COMMAND_LINE_ID
    assert GrantType.CODE in client.grants
    assert GrantType.CLIENT not in client.grants, "anybody could be somebody"


async def test_only_a_template_has_instances(oauth, portal):
    for client_id in (portal.client_id, str(uuid4()), GROUPS):
        with pytest.raises(EntryNotFound):
            await oauth.clients.create_instance(client_id, "An instance")


async def test_instances_that_nobody_allowed_anything_go(setting, oauth, clock, ada):
    unused, _ = await oauth.clients.create_instance(COMMAND_LINE_ID, "unused")
    used, _ = await oauth.clients.create_instance(COMMAND_LINE_ID, "used")
    await setting.code("openid", used, ada)
    clock.forward(UNUSED_LIFETIME + 1)
    await oauth.maintain()
    assert await oauth.clients.find(unused.client_id) is None
    assert await oauth.clients.find(used.client_id) == used


async def test_a_flood_of_instances_does_not_fill_the_store(oauth, monkeypatch):
    monkeypatch.setattr(clients_module, "MOST_UNUSED", 3)
    made = [await oauth.clients.create_instance(COMMAND_LINE_ID, "one") for _ in range(6)]
    left = [client for client, _ in made if await oauth.clients.find(client.client_id)]
    assert len(left) == 3


@pytest.mark.parametrize("client_id", [COMMAND_LINE_ID, TRANSFER])
async def test_what_is_built_in_cannot_be_changed(oauth, client_id):
    with pytest.raises(EntryNotFound):
        await oauth.clients.change(client_id, lambda client: client)
    with pytest.raises(EntryNotFound):
        await oauth.clients.delete(client_id)
    with pytest.raises(EntryNotFound):
        await oauth.clients.credentials.create(client_id, "one", 1)


async def test_a_deleted_client_takes_all_with_it(setting, oauth):
    client = await setting.client(secret="s" * 30)
    await oauth.clients.name_server(client.client_id, "compute.example.org")
    await oauth.scopes.create(NewScope(string="urn:compute:run", client_id=client.client_id))
    await oauth.clients.delete(client.client_id)
    assert await oauth.scopes.find("urn:compute:run") is None
    with pytest.raises(ClientUnknown):
        await oauth.clients.credentials.authenticate(client.client_id, "s" * 30)
    again = await setting.client(client_id=client.client_id, secret="t" * 30)
    with pytest.raises(ClientUnknown):
        await oauth.clients.credentials.authenticate(client.client_id, "s" * 30)
    await oauth.clients.name_server(again.client_id, "compute.example.org")


async def test_a_resource_server_has_a_name_of_its_own(setting, oauth, portal):
    named = await oauth.clients.name_server(portal.client_id, "compute.example.org")
    assert named.server == "compute.example.org"
    assert await oauth.clients.name_server(portal.client_id, "compute.example.org") == named
    other = await setting.client()
    for name in ("compute.example.org", TRANSFER, "flows.globus.org", portal.client_id):
        with pytest.raises(EntryExists):
            await oauth.clients.name_server(other.client_id, name)
    with pytest.raises(EntryExists):
        await oauth.clients.name_server(portal.client_id, "another.example.org")
    for name in ("", "two words"):
        with pytest.raises(EntryInvalid):
            await oauth.clients.name_server(other.client_id, name)


async def test_what_the_server_brings_along_is_the_same_after_each_start(setting, oauth):
    client_id = str(uuid4())
    for port, secret in ((1, "s" * 30), (1, "s" * 30), (2, "t" * 30)):
        new = NewClient(
            client_id=client_id,
            name="Portal",
            account_id=setting.account_id,
            redirect_uris=(f"http://localhost:{port}/callback",),
            trusted=True,
        )
        client = await oauth.clients.ensure(new, secret)
        assert client.redirect_uris == (f"http://localhost:{port}/callback",)
        assert await oauth.clients.credentials.authenticate(client_id, secret) == client
        assert len(await oauth.clients.credentials.of(client_id)) == 1
    with pytest.raises(ClientUnknown):
        await oauth.clients.credentials.authenticate(client_id, "s" * 30)
