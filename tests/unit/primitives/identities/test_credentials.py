"""Access keys and what signatures are checked with: changes count at once."""

import pytest

from lenticular.primitives.identities import (
    GROUPS,
    REMEMBERED,
    USERS,
    EntityNotFound,
    Identities,
    QuotaExceeded,
)
from lenticular.primitives.policies.evaluation import Access, decide

READ = (
    '{"Version": "2012-10-17", "Statement": '
    '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
)


def may_read(principal):
    access = Access(principal, "s3:GetObject", "arn:aws:s3:::b/k", principal.account_id)
    return decide(access).allowed


@pytest.fixture
async def key(identities, account_id):
    """An access key of the user ``ada``."""
    await identities.users.create(account_id, "ada", tags={"Team": "sky"})
    return (await identities.keys.create(account_id, "ada"))[0]


async def test_a_user_signs_as_itself(identities, account_id, key):
    principal = (await identities.signer(key.access_key_id)).principal
    user = await identities.users.get(account_id, "ada")
    assert principal.kind == "user"
    assert principal.arn == user.arn
    assert principal.user_id == user.id
    assert principal.identity_id == user.identity_id
    assert principal.access_key_id == key.access_key_id
    assert principal.keys["aws:username"] == "ada"
    assert principal.keys["aws:userid"] == user.id
    assert principal.keys["aws:principaltag/team"] == "sky"
    assert not may_read(principal)


async def test_a_user_has_two_keys(identities, account_id, key):
    await identities.keys.create(account_id, "ada")
    with pytest.raises(QuotaExceeded, match="AccessKeysPerUser: 2"):
        await identities.keys.create(account_id, "ada")


async def test_what_changes_counts_at_once(identities, account_id, key):
    async def principal():
        signer = await identities.signer(key.access_key_id)
        return signer and signer.principal

    assert not may_read(await principal())
    await identities.inline_policies.put(USERS, account_id, "ada", "read", READ)
    assert may_read(await principal())
    await identities.inline_policies.delete(USERS, account_id, "ada", "read")
    assert not may_read(await principal())
    await identities.keys.set_active(account_id, "ada", key.access_key_id, False)
    assert await principal() is None
    await identities.keys.set_active(account_id, "ada", key.access_key_id, True)
    assert await principal() is not None
    await identities.keys.delete(account_id, "ada", key.access_key_id)
    assert await principal() is None


async def test_a_group_gives_its_policies_to_its_members(identities, account_id, key):
    await identities.groups.create(account_id, "readers")
    await identities.inline_policies.put(GROUPS, account_id, "readers", "read", READ)
    assert not may_read((await identities.signer(key.access_key_id)).principal)
    await identities.groups.add_user(account_id, "readers", "ada")
    assert may_read((await identities.signer(key.access_key_id)).principal)
    await identities.groups.remove_user(account_id, "readers", "ada")
    assert not may_read((await identities.signer(key.access_key_id)).principal)


async def test_another_process_learns_of_it_in_a_moment(identities, store, clock, account_id, key):
    elsewhere = Identities(store, identities._store.vault, clock=clock, now=clock)
    assert await elsewhere.signer(key.access_key_id) is not None
    await identities.keys.delete(account_id, "ada", key.access_key_id)
    clock.now += REMEMBERED / 2
    assert await elsewhere.signer(key.access_key_id) is not None
    clock.now += REMEMBERED
    assert await elsewhere.signer(key.access_key_id) is None
    await elsewhere.close()


async def test_a_signer_is_composed_anew_only_after_a_change(identities, clock, account_id, key):
    signer = await identities.signer(key.access_key_id)
    clock.now += 10 * REMEMBERED
    assert await identities.signer(key.access_key_id) is signer
    await identities.users.create(account_id, "bob")
    assert await identities.signer(key.access_key_id) is not signer


async def test_what_was_read_before_a_change_is_not_remembered_behind_it(
    identities, account_id, key, monkeypatch
):
    read = identities._store.read

    async def slowly(fn):
        found = await read(fn)
        await identities.keys.set_active(account_id, "ada", key.access_key_id, False)
        return found

    monkeypatch.setattr(identities._store, "read", slowly)
    assert await identities.signer(key.access_key_id) is not None
    monkeypatch.undo()
    assert await identities.signer(key.access_key_id) is None


async def test_a_key_is_its_owners_only(identities, account_id, key):
    other = (await identities.create_account("other")).account_id
    await identities.users.create(account_id, "bob")
    await identities.users.create(other, "ada")
    for account, name in ((account_id, "bob"), (account_id, ""), (other, "ada"), (other, "")):
        with pytest.raises(EntityNotFound):
            await identities.keys.delete(account, name, key.access_key_id)
    assert await identities.signer(key.access_key_id) is not None


async def test_keys_of_elsewhere_are_found_there(identities, account_id, key):
    signer = await identities.signer(key.access_key_id)
    asked = []

    def find(reader, access_key_id):
        asked.append(access_key_id)
        return signer

    identities.add_signers("ASIA", find)
    assert await identities.signer("ASIAX") is signer
    assert await identities.signer("ASIAX") is signer
    assert asked == ["ASIAX"]
    assert await identities.signer("XXXX") is None


async def test_a_person_has_further_condition_keys(identities, account_id, key):
    user = await identities.users.get(account_id, "ada")
    groups = {user.identity_id: ("g-1", "g-2")}
    identities.add_keys(lambda reader, identity: {"globus:groups": groups.get(identity, ())})
    await identities.change(lambda tx: None)
    principal = (await identities.signer(key.access_key_id)).principal
    assert principal.keys["globus:groups"] == ("g-1", "g-2")


async def test_last_uses_are_written_when_flushed(identities, store, clock, account_id, key):
    principal = (await identities.signer(key.access_key_id)).principal
    assert await identities.uses.last(key.access_key_id) is None
    before = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    identities.note_use(principal, "s3", "us-east-1")
    assert await store.read(lambda reader: reader.range(b"\x00", b"\xff")) == before
    noted = await identities.uses.last(key.access_key_id)
    assert (noted.time, noted.service) == (int(clock.now * 1000), "s3")
    await identities.maintain()
    elsewhere = Identities(store, identities._store.vault)
    assert await elsewhere.uses.last(key.access_key_id) == noted
    await elsewhere.close()
    await identities.keys.delete(account_id, "ada", key.access_key_id)
    assert await identities.uses.last(key.access_key_id) is None


async def test_uses_are_written_at_the_end(identities, store, key):
    identities.note_use((await identities.signer(key.access_key_id)).principal, "s3", "r")
    await identities.close()
    elsewhere = Identities(store, identities._store.vault)
    assert (await elsewhere.uses.last(key.access_key_id)).region == "r"
    await elsewhere.close()
