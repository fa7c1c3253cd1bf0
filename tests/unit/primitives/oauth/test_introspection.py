"""Introspection, revocation, and callers: what a token is worth, to whom."""

import pytest

from lenticular.primitives.oauth import GrantInvalid, NewScope, ScopeInvalid
from lenticular.primitives.oauth.builtin import AUTH, COMMAND_LINE_ID, GROUPS, TRANSFER_ALL


@pytest.fixture
async def service(setting, oauth):
    service = await setting.client(name="A service")
    await oauth.scopes.create(NewScope(string="urn:run", client_id=service.client_id))
    return service


async def test_the_service_and_the_client_are_told(setting, oauth, portal, service, ada):
    [token] = await setting.tokens("urn:run", portal, ada)
    for client in (portal, service):
        found = await oauth.tokens.introspect(client, token.access_token)
        assert found.identity.identity_id == ada
        assert found.token.scopes == ("urn:run",)
        assert not found.is_refresh
    found = await oauth.tokens.introspect(portal, token.refresh_token)
    assert found.is_refresh


async def test_introspection_by_a_foreign_client(setting, oauth, portal, service, ada):
    [token] = await setting.tokens("urn:run", portal, ada)
    stranger = await setting.client()
    assert await oauth.tokens.introspect(stranger, token.access_token) is None
    assert await oauth.tokens.introspect(stranger, token.refresh_token) is None
    assert await oauth.tokens.introspect(service, token.refresh_token) is None


async def test_token_substitution_between_audiences(setting, oauth, portal, ada):
    auth, transfer = await setting.tokens(f"openid {TRANSFER_ALL}", portal, ada)
    assert (await oauth.token_caller(auth.access_token, AUTH)).identity_id == ada
    assert await oauth.token_caller(auth.access_token, GROUPS) is None
    assert await oauth.token_caller(transfer.access_token, AUTH) is None
    assert await oauth.token_caller(auth.refresh_token, AUTH) is None
    assert await oauth.tokens.inspect(transfer.access_token, AUTH) is None


async def test_a_caller_is_the_same_principal_as_with_an_access_key(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid email", portal, ada)
    key, _ = await setting.identities.keys.create(setting.account_id, "ada")
    signer = await setting.identities.signer(key.access_key_id)
    caller = await oauth.token_caller(token.access_token, AUTH)
    assert caller.principal.arn == signer.principal.arn
    assert caller.principal.authority == signer.principal.authority
    assert caller.principal.identity_id == ada
    assert caller.username == "ada@lab.localhost"
    assert caller.scopes == {"openid", "email"}
    assert caller.client_id == portal.client_id
    assert caller.identity_ids == (ada,)


async def test_a_client_that_acts_for_itself(setting, oauth):
    robot = await setting.client(type="client_identity", redirect_uris=(), secret="s" * 30)
    oauth.callers.add_keys(lambda reader, identity_id: {"globus:groups": (identity_id,)})
    exchange = await oauth.exchanges.client_credentials(robot, "openid")
    by_token = await oauth.token_caller(exchange.tokens[0].access_token, AUTH)
    by_secret = await oauth.client_caller(robot.client_id, "s" * 30)
    for caller in (by_token, by_secret):
        assert caller.identity_id == robot.client_id
        assert caller.username == f"{robot.client_id}@clients.auth.globus.org"
        assert caller.principal.account_id == setting.account_id
        assert caller.principal.kind == "federated"
        assert caller.principal.keys["globus:groups"] == (robot.client_id,)
        assert not caller.principal.authority.unlimited
    assert by_secret.scopes == frozenset()
    assert await oauth.client_caller(robot.client_id, "wrong") is None


async def test_clients_have_nothing_lasting_for_themselves(setting, oauth, portal):
    exchange = await oauth.exchanges.client_credentials(portal, f"openid {TRANSFER_ALL}")
    assert [one.refresh_token for one in exchange.tokens] == [None, None]
    for scope in ("", "urn:unknown"):
        with pytest.raises(ScopeInvalid):
            await oauth.exchanges.client_credentials(portal, scope)


async def test_an_instance_of_a_template_is_in_no_account(setting, oauth, ada):
    instance, made = await oauth.clients.create_instance(COMMAND_LINE_ID, "Globus CLI")
    caller = await oauth.client_caller(instance.client_id, made.secret)
    assert caller.principal.account_id == ""
    assert caller.principal.is_anonymous


async def test_an_access_token_is_revoked_alone(setting, oauth, portal, ada):
    first, second = await setting.tokens(f"openid {TRANSFER_ALL}", portal, ada)
    await oauth.tokens.revoke(first.access_token)
    assert not await setting.is_active(portal, first.access_token)
    assert await setting.is_active(portal, second.access_token)
    assert (await oauth.exchanges.refresh(portal, first.refresh_token)).tokens


async def test_a_refresh_token_is_revoked_with_what_it_gave(setting, oauth, portal, ada):
    first, second = await setting.tokens(f"openid {TRANSFER_ALL}", portal, ada)
    [again] = (await oauth.exchanges.refresh(portal, first.refresh_token)).tokens
    await oauth.tokens.revoke(first.refresh_token)
    for gone in (first.access_token, first.refresh_token, again.access_token):
        assert not await setting.is_active(portal, gone)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(portal, first.refresh_token)
    assert await setting.is_active(portal, second.access_token)
    assert await setting.is_active(portal, second.refresh_token)


async def test_signing_out_everywhere(setting, oauth, portal, app, ada):
    eve = await setting.person("eve")
    uri = {"redirect_uri": "http://localhost:1"}
    mine = [
        *await setting.tokens("openid", portal, ada),
        *await setting.tokens("openid", app, ada, **uri),
    ]
    [hers] = await setting.tokens("openid", portal, eve)
    clients = {client.client_id for _, client in await oauth.tokens.grants(ada)}
    assert clients == {portal.client_id, app.client_id}
    assert await oauth.tokens.revoke_all(ada) == 2
    for token, client in zip(mine, (portal, app), strict=True):
        assert not await setting.is_active(client, token.access_token)
        assert not await setting.is_active(client, token.refresh_token)
    assert await oauth.tokens.grants(ada) == []
    assert await setting.is_active(portal, hers.access_token)


async def test_another_process_sees_all_at_once(setting, oauth, portal, ada):
    other = setting.another_process()
    [token] = await setting.tokens("openid", portal, ada)
    assert await other.tokens.introspect(portal, token.access_token)
    await other.tokens.revoke(token.access_token)
    assert not await setting.is_active(portal, token.access_token)
