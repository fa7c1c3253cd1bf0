"""Records that earlier versions wrote, byte by byte: they open, and their accounts work."""

import os

import msgspec
import pytest

from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.identities import Identities
from lenticular.primitives.vault import KEY_SIZE, Vault

ACCOUNT_ID = "004215550123"
CANONICAL_ID = "ab" * 32
KEY_ID = "AKIAOLDOLDOLDOLDOLD2"
SECRET = "a-secret-of-forty-characters-0123456789x"


def space(name):
    return Subspace("identities", name)


@pytest.fixture
async def identities(store):
    """A cloud whose first account was made by the version before users."""
    vault = Vault(os.urandom(KEY_SIZE))
    sealed = vault.seal(SECRET.encode(), f"access key {KEY_ID}")
    account = [ACCOUNT_ID, "lab", CANONICAL_ID, "pi@example.org", 1_600_000_000_000]
    records = {
        space("account").pack(ACCOUNT_ID): msgspec.msgpack.encode(account),
        space("name").pack("lab"): ACCOUNT_ID.encode(),
        space("canonical").pack(CANONICAL_ID): ACCOUNT_ID.encode(),
        space("email").pack("pi@example.org"): ACCOUNT_ID.encode(),
        space("key").pack(KEY_ID): msgspec.msgpack.encode(
            [KEY_ID, ACCOUNT_ID, 1_600_000_000_001, sealed]
        ),
        space("keys").pack(ACCOUNT_ID, KEY_ID): b"",
        space("first").pack(): ACCOUNT_ID.encode(),
    }

    def write(tx):
        for key, value in records.items():
            tx.set(key, value)

    await store.transact(write)
    made = Identities(store, vault)
    yield made
    await made.close()


async def test_the_account_and_its_key_open(identities):
    first = await identities.first_account()
    assert (first.account_id, first.access_key_id) == (ACCOUNT_ID, KEY_ID)
    assert first.secret_access_key == SECRET
    signer = await identities.signer(KEY_ID)
    assert signer.secret_access_key == SECRET
    assert signer.principal.kind == "root"
    assert signer.principal.arn == f"arn:aws:iam::{ACCOUNT_ID}:root"
    assert (await identities.account_by_email("pi@example.org")).name == "lab"
    [key] = await identities.keys.list(ACCOUNT_ID)
    assert (key.user_id, key.status) == ("", "Active")


async def test_its_users_sign_in_by_the_account_id(identities):
    user = await identities.users.create(ACCOUNT_ID, "ada")
    assert await identities.sign_in_name(user) == f"ada@{ACCOUNT_ID}.localhost"
    assert await identities.find_user(f"ada@{ACCOUNT_ID}.localhost") == user
    assert await identities.find_user("ada") == user


async def test_it_takes_an_alias_and_a_password_policy(identities):
    await identities.accounts.set_alias(ACCOUNT_ID, "stratus")
    await identities.users.create(ACCOUNT_ID, "ada")
    assert await identities.find_user("ada@stratus.localhost") is not None
    assert (await identities.account(ACCOUNT_ID)).password_policy is None


async def test_a_further_root_key_stands_beside_the_old_one(identities):
    made, _ = await identities.keys.create(ACCOUNT_ID)
    assert {key.access_key_id for key in await identities.keys.list(ACCOUNT_ID)} == {
        KEY_ID,
        made.access_key_id,
    }
