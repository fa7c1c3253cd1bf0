"""Devices: they wait, ask again, and get what the person allowed elsewhere (RFC 8628)."""

import pytest

from lenticular.primitives.oauth import (
    AccessRefused,
    AuthorizationPending,
    ClientNotAllowed,
    DeviceCodeExpired,
    GrantInvalid,
    SlowDown,
)
from lenticular.primitives.oauth.devices import INTERVAL, LIFETIME


@pytest.fixture
async def waiting(oauth, app):
    return await oauth.devices.create(app, "openid", offline=True)


async def test_a_device_gets_what_was_allowed(setting, oauth, app, waiting, clock, ada):
    with pytest.raises(AuthorizationPending):
        await oauth.exchanges.device(app, waiting.device_code)
    assert await oauth.devices.allow(waiting.user_code, await setting.wanted("openid", app, ada))
    clock.forward(INTERVAL)
    exchange = await oauth.exchanges.device(app, waiting.device_code)
    assert exchange.grant.identity_id == ada
    assert await setting.is_active(app, exchange.tokens[0].access_token)
    assert exchange.tokens[0].refresh_token


async def test_a_device_code_is_good_once(setting, oauth, app, waiting, ada):
    await oauth.devices.allow(waiting.user_code, await setting.wanted("openid", app, ada))
    await oauth.exchanges.device(app, waiting.device_code)
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.device(app, waiting.device_code)
    assert await oauth.devices.find(waiting.user_code) is None


async def test_the_code_is_read_however_it_is_typed(oauth, waiting):
    typed = waiting.user_code
    assert len(typed) == 9
    for code in (typed, typed.lower(), typed.replace("-", ""), f" {typed.replace('-', ' ')} "):
        assert await oauth.devices.find(code)
    for code in ("", "-", "AAAA-AAAA", typed[:-1]):
        assert await oauth.devices.find(code) is None


async def test_a_person_says_no(oauth, app, waiting):
    await oauth.devices.deny(waiting.user_code)
    with pytest.raises(AccessRefused):
        await oauth.exchanges.device(app, waiting.device_code)
    assert await oauth.devices.find(waiting.user_code) is None


async def test_who_asks_too_often_waits_longer(oauth, app, waiting, clock):
    with pytest.raises(AuthorizationPending):
        await oauth.exchanges.device(app, waiting.device_code)
    clock.forward(INTERVAL - 1)
    with pytest.raises(SlowDown):
        await oauth.exchanges.device(app, waiting.device_code)
    clock.forward(INTERVAL)
    with pytest.raises(SlowDown):
        await oauth.exchanges.device(app, waiting.device_code)
    clock.forward(3 * INTERVAL)
    with pytest.raises(AuthorizationPending):
        await oauth.exchanges.device(app, waiting.device_code)


async def test_a_code_is_good_for_ten_minutes(setting, oauth, app, waiting, clock, ada):
    wanted = await setting.wanted("openid", app, ada)
    clock.forward(LIFETIME)
    assert await oauth.devices.find(waiting.user_code) is None
    assert not await oauth.devices.allow(waiting.user_code, wanted)
    with pytest.raises(DeviceCodeExpired):
        await oauth.exchanges.device(app, waiting.device_code)
    await oauth.maintain()
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.device(app, waiting.device_code)


async def test_mixed_up_client(setting, oauth, app, waiting, ada):
    other = await setting.app()
    assert not await oauth.devices.allow(
        waiting.user_code, await setting.wanted("openid", other, ada)
    )
    await oauth.devices.allow(waiting.user_code, await setting.wanted("openid", app, ada))
    with pytest.raises(GrantInvalid):
        await oauth.exchanges.device(other, waiting.device_code)


async def test_a_decision_is_taken_once(setting, oauth, app, waiting, ada):
    eve = await setting.person("eve")
    assert await oauth.devices.allow(waiting.user_code, await setting.wanted("openid", app, ada))
    assert not await oauth.devices.allow(
        waiting.user_code, await setting.wanted("openid", app, eve)
    )
    exchange = await oauth.exchanges.device(app, waiting.device_code)
    assert exchange.grant.identity_id == ada


async def test_a_service_account_is_no_device(setting, oauth):
    robot = await setting.client(type="client_identity", redirect_uris=())
    with pytest.raises(ClientNotAllowed):
        await oauth.devices.create(robot, "openid", offline=False)
