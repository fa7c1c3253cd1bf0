"""Accounts, their root identities and access keys."""

import os

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import (
    FIRST_ACCOUNT,
    REMEMBERED,
    AccountNameInvalid,
    AccountTaken,
    Identities,
)
from lenticular.primitives.vault import KEY_SIZE, Vault, VaultError


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def identities(store):
    return Identities(store, Vault(os.urandom(KEY_SIZE)))


async def test_an_account_has_a_root_identity_with_a_key(identities):
    made = await identities.create_account("genomics", "pi@example.org")
    assert len(made.account_id) == 12
    assert made.account_id.isdigit()
    assert len(bytes.fromhex(made.canonical_id)) == 32
    assert (made.access_key_id[:4], len(made.access_key_id)) == ("AKIA", 20)
    assert len(made.secret_access_key) == 40
    signer = await identities.signer(made.access_key_id)
    assert signer.secret_access_key == made.secret_access_key
    assert signer.principal.arn == f"arn:aws:iam::{made.account_id}:root"
    assert signer.principal.name == "genomics"
    for found in (
        await identities.account(made.account_id),
        await identities.account_by_canonical(made.canonical_id),
        await identities.account_by_email("PI@example.org"),
    ):
        assert found.account_id == made.account_id


async def test_what_is_unknown_is_none(identities):
    assert await identities.signer("AKIAUNKNOWN") is None
    assert await identities.account("000000000000") is None
    assert await identities.account_by_canonical("00" * 32) is None
    assert await identities.account_by_email("nobody@example.org") is None


async def test_names_are_taken_once(identities):
    await identities.create_account("genomics")
    with pytest.raises(AccountTaken):
        await identities.create_account("genomics")


@pytest.mark.parametrize("name", ["", " ", "a ", "a\nb", "x" * 129])
async def test_names_are_printable(identities, name):
    with pytest.raises(AccountNameInvalid):
        await identities.create_account(name)


async def test_the_first_account_is_made_once(identities, store):
    first = await identities.first_account()
    assert await identities.first_account() == first
    account = await identities.account(first.account_id)
    assert account.name == FIRST_ACCOUNT
    other = await identities.create_account("genomics")
    assert other.account_id != first.account_id
    assert await identities.first_account() == first


async def test_secrets_are_sealed_in_the_store(identities, store):
    made = await identities.create_account("genomics")
    rows = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert rows
    assert not any(made.secret_access_key.encode() in value for _, value in rows)
    stranger = Identities(store, Vault(os.urandom(KEY_SIZE)))
    with pytest.raises(VaultError):
        await stranger.signer(made.access_key_id)


async def test_a_signer_is_remembered_for_a_moment_only(store):
    now = 0.0
    identities = Identities(store, Vault(os.urandom(KEY_SIZE)), clock=lambda: now)
    made = await identities.create_account("genomics")
    signer = await identities.signer(made.access_key_id)
    # Whatever takes the key away, here everything is gone at once.
    await store.transact(lambda tx: tx.delete_range(b"\x00", b"\xff"))
    now = REMEMBERED / 2
    assert await identities.signer(made.access_key_id) is signer
    now = REMEMBERED
    assert await identities.signer(made.access_key_id) is None
