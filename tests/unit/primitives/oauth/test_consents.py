"""Consents: trees that grow, and that take the tokens which stand on them down with them."""

import pytest

from lenticular.primitives.oauth import Dependency, EntryNotFound, NewScope
from lenticular.primitives.oauth.builtin import TRANSFER_ALL

GROUPS_ALL = "urn:globus:auth:scope:groups.api.globus.org:all"


@pytest.fixture
async def service(setting, oauth):
    """A service whose one scope needs transfers, and groups when asked."""
    service = await setting.client(name="A service")
    await oauth.scopes.create(
        NewScope(
            string="urn:run",
            client_id=service.client_id,
            dependencies=(
                Dependency(TRANSFER_ALL),
                Dependency(GROUPS_ALL, optional=True),
            ),
        )
    )
    return service


async def test_a_consent_is_a_path_from_the_client(setting, oauth, portal, service, ada):
    await setting.code("urn:run openid", portal, ada)
    found = await oauth.consents.of(ada, portal.client_id)
    by_scope = {one.scope: one for one in found}
    run, transfer = by_scope["urn:run"], by_scope[TRANSFER_ALL]
    assert run.path == (run.number,)
    assert run.client_id == portal.client_id
    assert transfer.path == (run.number, transfer.number)
    assert transfer.client_id == service.client_id
    assert transfer.root_id == portal.client_id
    assert len(found) == 3
    assert await oauth.consents.of(ada) == found


async def test_what_was_consented_to_is_not_asked_again(setting, oauth, portal, service, ada):
    wanted = await setting.wanted("urn:run", portal, ada)
    assert await oauth.is_new(wanted)
    await oauth.allow(wanted)
    assert not await oauth.is_new(wanted)
    assert await oauth.is_new(await setting.wanted("urn:run openid", portal, ada))
    more = await setting.wanted(f"urn:run[{GROUPS_ALL}]", portal, ada)
    assert await oauth.is_new(more)
    other = await setting.client()
    assert await oauth.is_new(await setting.wanted("urn:run", other, ada))


async def test_tokens_for_when_one_is_away_are_asked_for(setting, oauth, portal, ada):
    await setting.code("openid", portal, ada, offline=False)
    assert await oauth.is_new(await setting.wanted("openid", portal, ada))
    await setting.code("openid", portal, ada)
    assert not await oauth.is_new(await setting.wanted("openid", portal, ada))
    assert not await oauth.is_new(await setting.wanted("openid", portal, ada, offline=False))


async def test_consenting_to_more_keeps_what_there_is(setting, oauth, portal, service, ada):
    await setting.code("urn:run", portal, ada)
    before = {one.path: one.scope for one in await oauth.consents.of(ada)}
    await setting.code(f"urn:run[{GROUPS_ALL}]", portal, ada)
    after = {one.path: one.scope for one in await oauth.consents.of(ada)}
    [(path, scope)] = after.items() - before.items()
    assert before.items() < after.items()
    assert scope == GROUPS_ALL
    assert path[:-1] in before


async def test_withdrawing_takes_what_is_below(setting, oauth, portal, service, ada):
    await setting.code("urn:run openid", portal, ada)
    run = next(one for one in await oauth.consents.of(ada) if one.scope == "urn:run")
    gone = await oauth.consents.withdraw(ada, run.number)
    assert {one.scope for one in gone} == {"urn:run", TRANSFER_ALL}
    assert [one.scope for one in await oauth.consents.of(ada)] == ["openid"]
    with pytest.raises(EntryNotFound):
        await oauth.consents.withdraw(ada, run.number)


async def test_withdrawing_what_is_below_leaves_the_rest(setting, oauth, portal, service, ada):
    await setting.code("urn:run", portal, ada)
    below = next(one for one in await oauth.consents.of(ada) if one.scope == TRANSFER_ALL)
    await oauth.consents.withdraw(ada, below.number)
    assert [one.scope for one in await oauth.consents.of(ada)] == ["urn:run"]


async def test_nobody_withdraws_for_another(setting, oauth, portal, ada):
    await setting.code("openid", portal, ada)
    eve = await setting.person("eve")
    [consent] = await oauth.consents.of(ada)
    with pytest.raises(EntryNotFound):
        await oauth.consents.withdraw(eve, consent.number)
    assert await oauth.consents.of(ada) == [consent]
    assert await oauth.consents.of(eve) == []


async def test_a_token_ends_with_its_consent(setting, oauth, portal, ada):
    first, second = await setting.tokens(f"openid {TRANSFER_ALL}", portal, ada)
    [openid] = [one for one in await oauth.consents.of(ada) if one.scope == "openid"]
    await oauth.consents.withdraw(ada, openid.number)
    assert not await setting.is_active(portal, first.access_token)
    assert not await setting.is_active(portal, first.refresh_token)
    assert await setting.is_active(portal, second.access_token)


async def test_consenting_again_does_not_bring_old_tokens_back(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid", portal, ada)
    await setting.withdraw_all(ada, portal)
    [again] = await setting.tokens("openid", portal, ada)
    assert not await setting.is_active(portal, token.access_token)
    assert not await setting.is_active(portal, token.refresh_token)
    assert await setting.is_active(portal, again.access_token)


async def test_a_client_made_anew_under_an_old_id_is_asked_about(setting, oauth, clock, ada):
    client = await setting.client()
    await setting.code("openid", client, ada)
    await oauth.clients.delete(client.client_id)
    assert await oauth.consents.of(ada) == []
    clock.forward(1)
    again = await setting.client(client_id=client.client_id)
    wanted = await setting.wanted("openid", again, ada)
    assert await oauth.is_new(wanted)
    await oauth.allow(wanted)
    assert len(await oauth.consents.of(ada)) == 1
