"""Dependent tokens: a service goes on for a person, as far as the person consented."""

import pytest

from lenticular.primitives.oauth import (
    ClientNotAllowed,
    Dependency,
    GrantInvalid,
    NewScope,
    ScopeInvalid,
)
from lenticular.primitives.oauth.builtin import TRANSFER_ALL

GROUPS_ALL = "urn:globus:auth:scope:groups.api.globus.org:all"


@pytest.fixture
async def service(setting, oauth):
    service = await setting.client(name="A service")
    await oauth.scopes.create(
        NewScope(
            string="urn:run",
            client_id=service.client_id,
            dependencies=(Dependency(TRANSFER_ALL), Dependency(GROUPS_ALL, optional=True)),
        )
    )
    return service


async def _dependent(oauth, service, token, **options):
    options = {"offline": False} | options
    return (await oauth.exchanges.dependent(service, token, **options)).tokens


async def test_a_service_gets_tokens_for_what_it_needs(setting, oauth, portal, service, ada):
    [token] = await setting.tokens("urn:run", portal, ada)
    assert token.server == service.client_id
    [below] = await _dependent(oauth, service, token.access_token)
    assert (below.server, below.scopes) == ("transfer.api.globus.org", (TRANSFER_ALL,))
    found = await oauth.tokens.introspect(service, below.access_token)
    assert found.identity.identity_id == ada
    assert found.token.client_id == service.client_id
    assert below.refresh_token is None


async def test_more_with_more_consent(setting, oauth, portal, service, ada):
    [token] = await setting.tokens(f"urn:run[{GROUPS_ALL}]", portal, ada)
    issued = await _dependent(oauth, service, token.access_token, offline=True)
    assert {one.server for one in issued} == {"transfer.api.globus.org", "groups.api.globus.org"}
    for one in issued:
        [again] = (await oauth.exchanges.refresh(service, one.refresh_token)).tokens
        assert again.server == one.server
    [only] = await _dependent(oauth, service, token.access_token, scope=GROUPS_ALL)
    assert only.scopes == (GROUPS_ALL,)


async def test_scope_escalation_by_dependent_tokens(setting, oauth, portal, service, ada):
    """Also what the person lets the service have by way of another client is not given."""
    await setting.tokens(f"urn:run[{GROUPS_ALL}]", await setting.client(), ada)
    [token] = await setting.tokens("urn:run", portal, ada)
    for scope in (GROUPS_ALL, "openid", "urn:run"):
        with pytest.raises(ScopeInvalid):
            await _dependent(oauth, service, token.access_token, scope=scope)
    assert len(await _dependent(oauth, service, token.access_token)) == 1


async def test_dependent_tokens_of_another_audience(setting, oauth, portal, service, ada):
    """Only the service that a token is for passes it on: no client, no other service."""
    [auth, run] = await setting.tokens("openid urn:run", portal, ada)
    for thief, token in [
        (portal, run.access_token),
        (service, auth.access_token),
        (await setting.client(), run.access_token),
        (service, run.refresh_token),
        (service, "none"),
    ]:
        with pytest.raises(GrantInvalid):
            await _dependent(oauth, thief, token)


async def test_a_public_client_is_no_service(setting, oauth, app):
    with pytest.raises(ClientNotAllowed):
        await _dependent(oauth, app, "token")


async def test_they_end_with_what_they_stand_on(setting, oauth, portal, service, ada):
    [token] = await setting.tokens("urn:run", portal, ada)
    [below] = await _dependent(oauth, service, token.access_token, offline=True)
    await setting.withdraw_all(ada, portal)
    for one in (below.access_token, below.refresh_token):
        assert not await setting.is_active(service, one)
    with pytest.raises(GrantInvalid):
        await _dependent(oauth, service, token.access_token)


async def test_a_client_for_itself_consents_by_itself(setting, oauth, portal, service):
    exchange = await oauth.exchanges.client_credentials(portal, "urn:run")
    [below] = await _dependent(oauth, service, exchange.tokens[0].access_token)
    found = await oauth.tokens.introspect(service, below.access_token)
    assert found.identity.identity_id == portal.client_id
    assert found.identity.username == f"{portal.client_id}@clients.auth.globus.org"


async def test_chains_of_services(setting, oauth, portal, service, ada):
    front = await setting.client(name="In front")
    await oauth.scopes.create(
        NewScope(
            string="urn:front", client_id=front.client_id, dependencies=(Dependency("urn:run"),)
        )
    )
    [token] = await setting.tokens("urn:front", portal, ada)
    [run] = await _dependent(oauth, front, token.access_token)
    assert run.server == service.client_id
    [transfer] = await _dependent(oauth, service, run.access_token)
    assert transfer.scopes == (TRANSFER_ALL,)
