"""Authorization codes: single use, bound to client, place and verifier, and short of life."""

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from lenticular.primitives.oauth import ClientNotAllowed, GrantInvalid, RequestInvalid
from lenticular.primitives.oauth.codes import LIFETIME, check_challenge

from .conftest import CALLBACK

VERIFIER = "v" * 43
CHALLENGE = create_s256_code_challenge(VERIFIER)


async def _exchange(oauth, client, code, uri=CALLBACK, verifier=""):
    return await oauth.exchanges.code(client, code, uri, verifier)


async def test_a_code_gives_tokens_by_resource_server(setting, oauth, portal, ada):
    scopes = "urn:globus:auth:scope:transfer.api.globus.org:all openid email"
    exchange = await _exchange(oauth, portal, await setting.code(scopes, portal, ada))
    assert [(one.server, one.scopes) for one in exchange.tokens] == [
        ("auth.globus.org", ("openid", "email")),
        ("transfer.api.globus.org", ("urn:globus:auth:scope:transfer.api.globus.org:all",)),
    ]
    assert exchange.grant.identity_id == ada


async def test_nothing_lasting_unless_asked_for(setting, oauth, portal, ada):
    code = await setting.code("openid", portal, ada, offline=False)
    assert (await _exchange(oauth, portal, code)).tokens[0].refresh_token is None


async def test_code_reuse(setting, oauth, portal, ada):
    """Whoever had it first was perhaps the thief: all that it gave is revoked."""
    code = await setting.code("openid", portal, ada)
    [token] = (await _exchange(oauth, portal, code)).tokens
    refreshed = (await oauth.exchanges.refresh(portal, token.refresh_token)).tokens[0]
    with pytest.raises(GrantInvalid, match="used before"):
        await _exchange(oauth, portal, code)
    for gone in (token.access_token, token.refresh_token, refreshed.access_token):
        assert not await setting.is_active(portal, gone)
    with pytest.raises(GrantInvalid):
        await _exchange(oauth, portal, code)


async def test_a_code_is_good_for_ten_minutes(setting, oauth, portal, clock, ada):
    in_time, late = [await setting.code("openid", portal, ada) for _ in range(2)]
    clock.forward(LIFETIME - 1)
    await _exchange(oauth, portal, in_time)
    clock.forward(1)
    with pytest.raises(GrantInvalid, match="expired"):
        await _exchange(oauth, portal, late)


async def test_mixed_up_client(setting, oauth, portal, ada):
    """A code that another client got hold of is worth nothing to it, and still good to its own."""
    other = await setting.client(redirect_uris=(CALLBACK,))
    code = await setting.code("openid", portal, ada)
    with pytest.raises(GrantInvalid, match="another client's"):
        await _exchange(oauth, other, code)
    assert (await _exchange(oauth, portal, code)).tokens


@pytest.mark.parametrize("uri", ["", CALLBACK + "/", "https://evil.example/callback"])
async def test_redirect_uri_of_the_exchange(setting, oauth, portal, ada, uri):
    code = await setting.code("openid", portal, ada)
    with pytest.raises(GrantInvalid, match="redirect_uri"):
        await _exchange(oauth, portal, code, uri)
    with pytest.raises(GrantInvalid):
        await _exchange(oauth, portal, code)


async def test_the_verifier_opens_the_challenge(setting, oauth, portal, ada):
    code = await setting.code("openid", portal, ada, challenge=CHALLENGE)
    assert (await _exchange(oauth, portal, code, verifier=VERIFIER)).tokens


@pytest.mark.parametrize("verifier", ["", "w" * 43, "v" * 42, "v" * 44, CHALLENGE, "v" * 42 + "ä"])
async def test_a_wrong_verifier_uses_the_code_up(setting, oauth, portal, ada, verifier):
    code = await setting.code("openid", portal, ada, challenge=CHALLENGE)
    with pytest.raises(GrantInvalid, match="code_verifier"):
        await _exchange(oauth, portal, code, verifier=verifier)
    with pytest.raises(GrantInvalid):
        await _exchange(oauth, portal, code, verifier=VERIFIER)


async def test_pkce_downgrade(setting, oauth, portal, ada):
    """A challenge that was taken out on its way is missed when the verifier comes."""
    code = await setting.code("openid", portal, ada)
    with pytest.raises(GrantInvalid, match="no code_challenge"):
        await _exchange(oauth, portal, code, verifier=VERIFIER)


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        ("", ""),
        ("", "S256"),
        (CHALLENGE, ""),
        (CHALLENGE, "plain"),
        (CHALLENGE, "s256"),
        (CHALLENGE[:-1], "S256"),
        (CHALLENGE + "\n", "S256"),
        ("=" * 43, "S256"),
    ],
)
def test_pkce_that_protects_from_nobody(app, challenge, method):
    with pytest.raises(RequestInvalid):
        check_challenge(app, challenge, method)


def test_pkce_is_for_all_and_a_must_for_public_clients(app, portal):
    check_challenge(app, CHALLENGE, "S256")
    check_challenge(portal, CHALLENGE, "S256")
    check_challenge(portal, "", "")
    with pytest.raises(RequestInvalid):
        check_challenge(portal, CHALLENGE, "plain")


async def test_a_withdrawn_consent_ends_a_code(setting, oauth, portal, ada):
    code = await setting.code("openid", portal, ada)
    await setting.withdraw_all(ada, portal)
    with pytest.raises(GrantInvalid, match="withdrawn"):
        await _exchange(oauth, portal, code)


async def test_a_deleted_person_ends_a_code(setting, oauth, portal, ada):
    code = await setting.code("openid", portal, ada)
    await setting.identities.users.delete(setting.account_id, "ada")
    with pytest.raises(GrantInvalid, match="revoked"):
        await _exchange(oauth, portal, code)


async def test_a_service_account_acts_for_nobody(setting, oauth, ada):
    robot = await setting.client(type="client_identity", redirect_uris=())
    code = await setting.code("openid", robot, ada)
    with pytest.raises(ClientNotAllowed):
        await _exchange(oauth, robot, code)


async def test_codes_are_not_in_the_store(setting, oauth, portal, ada):
    code = await setting.code("openid", portal, ada)
    contents = await setting.contents()
    assert portal.client_id.encode() in contents
    assert code.encode() not in contents


@pytest.mark.parametrize("code", ["", "x", "\ud800", "a" * 5000, "../..", "\0"])
async def test_codes_that_are_none(oauth, portal, code):
    with pytest.raises(GrantInvalid):
        await _exchange(oauth, portal, code)
