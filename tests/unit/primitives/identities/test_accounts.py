"""Accounts: made once, found in every way, with a label, an alias and a root identity."""

import os

import pytest

from lenticular.primitives.identities import (
    FIRST_ACCOUNT,
    REMEMBERED,
    AccountNameInvalid,
    AccountNotFound,
    AccountTaken,
    EntityExists,
    EntityNotFound,
    Identities,
    InputInvalid,
)
from lenticular.primitives.vault import KEY_SIZE, Vault, VaultError


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


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Genomics Lab", "genomics-lab"),
        ("  ".join("ÄB"), "b"),
        ("λ", "account"),
        ("123456789012", "account-123456789012"),
        ("x" * 128, "x" * 55),
    ],
)
async def test_a_label_is_a_dns_label_made_from_the_name(identities, name, label):
    made = await identities.create_account(name)
    assert (await identities.account(made.account_id)).domain_label == label


async def test_labels_are_unique_where_names_differ(identities):
    made = [await identities.create_account(name) for name in ("a b", "a.b", "A B")]
    labels = [(await identities.account(each.account_id)).label for each in made]
    assert labels == ["a-b", "a-b-2", "a-b-3"]


async def test_an_alias_stands_for_one_account(identities):
    one = (await identities.create_account("one")).account_id
    two = (await identities.create_account("two")).account_id
    await identities.accounts.set_alias(one, "stratus")
    await identities.users.create(one, "ada")
    assert (await identities.find_user("ada@stratus.localhost")).account_id == one
    for taken in ("stratus", "one"):
        with pytest.raises(EntityExists):
            await identities.accounts.set_alias(two, taken)
    await identities.accounts.set_alias(one, "cirrus")
    assert await identities.find_user("ada@stratus.localhost") is None
    await identities.accounts.set_alias(two, "stratus")
    with pytest.raises(EntityNotFound):
        await identities.accounts.delete_alias(one, "stratus")
    await identities.accounts.delete_alias(one, "cirrus")
    assert (await identities.account(one)).alias == ""
    assert await identities.find_user("ada@cirrus.localhost") is None


async def test_an_alias_like_the_own_label_can_go_without_the_label(identities):
    account_id = (await identities.create_account("one")).account_id
    await identities.users.create(account_id, "ada")
    await identities.accounts.set_alias(account_id, "one")
    await identities.accounts.delete_alias(account_id, "one")
    assert await identities.find_user("ada@one.localhost") is not None


async def test_an_alias_does_not_read_as_an_account_id(identities):
    account_id = (await identities.create_account("one")).account_id
    with pytest.raises(InputInvalid):
        await identities.accounts.set_alias(account_id, "123456789012")


async def test_the_first_account_gets_a_new_key_when_none_works(identities):
    first = await identities.first_account()
    await identities.keys.set_active(first.account_id, "", first.access_key_id, False)
    again = await identities.first_account()
    assert again.account_id == first.account_id
    assert again.access_key_id != first.access_key_id
    assert await identities.signer(again.access_key_id) is not None
    assert await identities.signer(first.access_key_id) is None


async def test_unknown_accounts_are_told(identities):
    with pytest.raises(AccountNotFound, match="12 digits"):
        await identities.accounts.get("1")
