"""Refresh tokens: kept by clients that prove who they are, replaced for those that cannot."""

import base64

import pytest

from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.oauth import ClientNotAllowed, GrantInvalid, ScopeInvalid
from lenticular.primitives.oauth.builtin import TRANSFER_ALL
from lenticular.primitives.oauth.spaces import LAST_CONSENT
from lenticular.primitives.oauth.tokens import ACCESS_LIFETIME, REFRESH_LIFETIME

APP = {"redirect_uri": "http://localhost:1"}


async def test_a_confidential_client_keeps_its_token(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid", portal, ada)
    for _ in range(3):
        [again] = (await oauth.exchanges.refresh(portal, token.refresh_token)).tokens
        assert again.refresh_token == token.refresh_token
        assert again.access_token != token.access_token
        assert again.scopes == ("openid",)
        assert await setting.is_active(portal, again.access_token)


async def test_a_public_client_gets_another_each_time(setting, oauth, app, ada):
    [token] = await setting.tokens("openid", app, ada, **APP)
    seen = {token.refresh_token}
    for _ in range(3):
        [token] = (await oauth.exchanges.refresh(app, token.refresh_token)).tokens
        assert token.refresh_token not in seen
        seen.add(token.refresh_token)


async def test_refresh_token_reuse(setting, oauth, app, ada):
    """Of two who have one, one is a thief: the whole family is revoked."""
    first, second = await setting.tokens(f"openid {TRANSFER_ALL}", app, ada, **APP)
    [stolen] = (await oauth.exchanges.refresh(app, first.refresh_token)).tokens
    with pytest.raises(GrantInvalid, match="used before"):
        await oauth.exchanges.refresh(app, first.refresh_token)
    for gone in (stolen, first, second):
        assert not await setting.is_active(app, gone.access_token)
        with pytest.raises(GrantInvalid):
            await oauth.exchanges.refresh(app, gone.refresh_token)


async def test_reuse_revokes_one_authorization_and_no_other(setting, oauth, app, ada):
    [one] = await setting.tokens("openid", app, ada, **APP)
    [other] = await setting.tokens("openid", app, ada, **APP)
    await oauth.exchanges.refresh(app, one.refresh_token)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(app, one.refresh_token)
    assert (await oauth.exchanges.refresh(app, other.refresh_token)).tokens


async def test_token_substitution_between_clients(setting, oauth, portal, app, ada):
    [token] = await setting.tokens("openid", portal, ada)
    [of_app] = await setting.tokens("openid", app, ada, **APP)
    for thief, stolen in ((await setting.client(), token), (portal, of_app), (app, token)):
        with pytest.raises(GrantInvalid, match="another client's"):
            await oauth.exchanges.refresh(thief, stolen.refresh_token)
    assert (await oauth.exchanges.refresh(portal, token.refresh_token)).tokens
    assert (await oauth.exchanges.refresh(app, of_app.refresh_token)).tokens


async def test_another_client_cannot_revoke_a_family(setting, oauth, app, ada):
    [token] = await setting.tokens("openid", app, ada, **APP)
    raw = base64.urlsafe_b64decode(token.refresh_token)
    forged = base64.urlsafe_b64encode(raw[:16] + bytes(32)).decode()
    with pytest.raises(GrantInvalid, match="another client's"):
        await oauth.exchanges.refresh(await setting.app(), forged)
    assert (await oauth.exchanges.refresh(app, token.refresh_token)).tokens


async def test_fewer_scopes_can_be_asked_for(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid email profile", portal, ada)
    [fewer] = (await oauth.exchanges.refresh(portal, token.refresh_token, "email")).tokens
    assert fewer.scopes == ("email",)
    found = await oauth.tokens.introspect(portal, fewer.access_token)
    assert found.token.scopes == ("email",)
    assert len(found.token.consents) == 1
    [all_again] = (await oauth.exchanges.refresh(portal, fewer.refresh_token)).tokens
    assert all_again.scopes == ("openid", "email", "profile")


@pytest.mark.parametrize("scope", ["profile", "email profile", TRANSFER_ALL, "email[openid"])
async def test_scope_escalation_at_refresh(setting, oauth, portal, ada, scope):
    await setting.tokens(f"profile {TRANSFER_ALL}", portal, ada)  # consented to, but elsewhere
    [token] = await setting.tokens("openid email", portal, ada)
    with pytest.raises(ScopeInvalid):
        await oauth.exchanges.refresh(portal, token.refresh_token, scope)
    assert (await oauth.exchanges.refresh(portal, token.refresh_token)).tokens


async def test_a_refused_refresh_does_not_take_the_token_away(setting, oauth, app, ada):
    [token] = await setting.tokens("openid", app, ada, **APP)
    with pytest.raises(ScopeInvalid):
        await oauth.exchanges.refresh(app, token.refresh_token, "profile")
    assert (await oauth.exchanges.refresh(app, token.refresh_token)).tokens


async def test_a_token_lives_while_it_is_used(setting, oauth, portal, clock, ada):
    [token] = await setting.tokens("openid", portal, ada)
    for _ in range(3):
        clock.forward(REFRESH_LIFETIME - 1)
        await oauth.maintain()
        await oauth.exchanges.refresh(portal, token.refresh_token)
    clock.forward(REFRESH_LIFETIME)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(portal, token.refresh_token)


async def test_access_tokens_end_after_two_days(setting, oauth, portal, clock, ada):
    [token] = await setting.tokens("openid", portal, ada)
    assert token.expires_in == ACCESS_LIFETIME == 48 * 3600
    clock.forward(ACCESS_LIFETIME - 1)
    assert await setting.is_active(portal, token.access_token)
    clock.forward(1)
    assert not await setting.is_active(portal, token.access_token)
    assert (await oauth.exchanges.refresh(portal, token.refresh_token)).tokens


async def test_what_has_expired_leaves_nothing_behind(setting, oauth, portal, app, clock, ada):
    before = await setting.keys()
    await setting.tokens(f"openid {TRANSFER_ALL}", portal, ada)
    await setting.tokens("openid", app, ada, **APP)
    await oauth.exchanges.client_credentials(portal, "openid")
    await oauth.devices.create(app, "openid", offline=True)
    await setting.withdraw_all(ada, portal)
    await setting.withdraw_all(ada, app)
    await setting.withdraw_all(portal.client_id, portal)
    clock.forward(REFRESH_LIFETIME)
    await oauth.maintain()
    assert await setting.keys() - before == {LAST_CONSENT}


async def test_a_deleted_person_ends_a_refresh_token(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid", portal, ada)
    await setting.identities.users.delete(setting.account_id, "ada")
    assert not await setting.is_active(portal, token.access_token)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(portal, token.refresh_token)


async def test_a_client_made_anew_under_an_old_id_inherits_nothing(setting, oauth, clock, ada):
    client = await setting.client()
    [token] = await setting.tokens("openid", client, ada)
    await oauth.clients.delete(client.client_id)
    assert not await setting.is_active(client, token.access_token)
    clock.forward(1)
    again = await setting.client(client_id=client.client_id)
    assert not await setting.is_active(again, token.access_token)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(again, token.refresh_token)


async def test_a_service_account_does_not_refresh(setting, oauth):
    robot = await setting.client(type="client_identity", redirect_uris=())
    with pytest.raises(ClientNotAllowed):
        await oauth.exchanges.refresh(robot, "token")


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 64, "=" * 64, "a" * 5000])
async def test_tokens_that_are_none(oauth, portal, token):
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.refresh(portal, token)
    assert await oauth.tokens.introspect(portal, token) is None
    assert await oauth.token_caller(token, "auth.globus.org") is None
    await oauth.tokens.revoke(token)


async def test_tokens_are_not_in_the_store(setting, oauth, portal, ada):
    [token] = await setting.tokens("openid", portal, ada)
    contents = await setting.contents()
    raw = base64.urlsafe_b64decode(token.refresh_token)
    assert Subspace("oauth", "refresh").pack(raw[:16]) in contents, "the family's name"
    for secret in (token.access_token.encode(), token.refresh_token.encode(), raw[16:]):
        assert secret not in contents
