"""Signing keys: the current one first, old ones while they are needed, private ones sealed."""

import asyncio

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, RSAKey

from lenticular.primitives.oauth.signingkeys import KEPT, REMEMBERED, ROTATION
from lenticular.primitives.vault import VaultError


async def _verify(oauth, token):
    keys = KeySet.import_key_set(await oauth.keys.jwks())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


async def test_what_is_signed_can_be_verified(oauth):
    token = await oauth.keys.sign({"sub": "ada"})
    assert await _verify(oauth, token) == {"sub": "ada"}
    [key] = (await oauth.keys.jwks())["keys"]
    assert key["kty"] == "RSA"
    assert key["alg"] == "RS256"
    assert key["use"] == "sig"
    assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi"}
    assert RSAKey.import_key(key).as_dict()["kid"] == key["kid"]


async def test_another_key_does_not_verify(oauth):
    head, body, _ = (await oauth.keys.sign({"sub": "ada"})).split(".")
    forged = jwt.encode({"alg": "RS256"}, {"sub": "ada"}, RSAKey.generate_key(2048))
    with pytest.raises(BadSignatureError):
        await _verify(oauth, f"{head}.{body}.{forged.split('.')[2]}")


async def test_keys_are_replaced_and_old_ones_kept_a_while(oauth, clock):
    token = await oauth.keys.sign({"sub": "ada"})
    clock.forward(ROTATION + 1)
    await oauth.maintain()
    [current, old] = (await oauth.keys.jwks())["keys"]
    assert current["kid"] != old["kid"]
    assert await _verify(oauth, token)
    newer = await oauth.keys.sign({"sub": "eve"})
    assert jwt.decode(newer, RSAKey.import_key(current), algorithms=["RS256"]).claims
    clock.forward(KEPT)
    await oauth.maintain()
    assert len((await oauth.keys.jwks())["keys"]) == 2
    clock.forward(1)
    await oauth.maintain()
    assert (await oauth.keys.jwks())["keys"] == [current]


async def test_one_key_however_many_ask_at_first(setting, oauth):
    other = setting.another_process()
    await asyncio.gather(*(one.keys.sign({}) for one in (oauth, other, oauth, other)))
    assert len((await oauth.keys.jwks())["keys"]) == 1
    assert await oauth.keys.jwks() == await other.keys.jwks()


async def test_another_process_follows(setting, oauth, clock):
    other = setting.another_process()
    await other.keys.sign({})
    clock.forward(1)
    await oauth.keys.rotate()
    [current, _] = (await other.keys.jwks())["keys"]
    clock.forward(REMEMBERED)
    token = await other.keys.sign({"sub": "ada"})
    assert jwt.decode(token, RSAKey.import_key(current), algorithms=["RS256"]).claims


async def test_private_keys_open_with_the_vault_only(setting, oauth):
    await oauth.keys.sign({})
    contents = await setting.contents()
    assert b"PRIVATE" not in contents
    assert b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" not in contents
    setting.vault._cipher = type(setting.vault)(bytes(32))._cipher
    with pytest.raises(VaultError):
        await setting.another_process().keys.sign({})
