"""Passwords: what accounts demand, hashes, reuse, age, and equal work for whoever asks."""

import pytest

from lenticular.primitives.identities import (
    EntityExists,
    EntityNotFound,
    PasswordPolicy,
    PasswordRefused,
    PasswordWrong,
)
from lenticular.primitives.identities.passwords import PasswordHashes

GOOD = "Nimbus-rain-1"


@pytest.fixture
async def ada(identities, account_id):
    return await identities.users.create(account_id, "ada")


async def test_a_password_is_verified(identities, account_id, ada, clock):
    await identities.logins.create(account_id, "ada", GOOD)
    assert await identities.verify_password(account_id, "ada", GOOD)
    assert (await identities.users.get(account_id, "ada")).password_last_used == int(
        clock.now * 1000
    )
    for wrong in ("", "nimbus-rain-1", GOOD + "x" * 200, "x" * 100_000):
        assert not await identities.verify_password(account_id, "ada", wrong)
    with pytest.raises(EntityExists):
        await identities.logins.create(account_id, "ada", GOOD)


async def test_who_is_not_there_takes_as_much_work(identities, account_id, ada, monkeypatch):
    hasher = identities._hashes._hasher
    verified = []

    class Counting:
        def hash(self, password):
            return hasher.hash(password)

        def verify(self, hashed, password):
            verified.append(hashed.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(hashed, password)

    monkeypatch.setattr(identities._hashes, "_hasher", Counting())
    await identities.logins.create(account_id, "ada", GOOD)
    await identities.users.create(account_id, "bob")
    for account, name in (
        (account_id, "ada"),
        (account_id, "bob"),
        (account_id, "nobody"),
        ("000000000000", "ada"),
        ("", ""),
    ):
        assert not await identities.verify_password(account, name, "wrong")
    assert len(verified) == 5
    assert len(set(verified)) == 1  # the same kind of hash, with the same parameters


async def test_the_password_of_nobody_opens_nothing(identities, account_id, ada):
    assert not await identities.verify_password(account_id, "ada", "the password of nobody")
    assert not await identities.verify_password(account_id, "x", "the password of nobody")


async def test_hashes_are_argon2id_as_the_rfc_recommends():
    hashes = PasswordHashes()
    assert (await hashes.make(GOOD)).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    hashes.close()


async def test_no_password_is_in_the_store(identities, account_id, ada, store):
    await identities.logins.create(account_id, "ada", GOOD)
    rows = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not any(GOOD.encode() in value for _, value in rows)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Ab-4567", "minimum length of 8"),
        ("A1-" + "x" * 126, "maximum length of 128"),
    ],
)
async def test_what_is_demanded_by_default(identities, account_id, ada, password, said):
    with pytest.raises(PasswordRefused, match=said):
        await identities.logins.create(account_id, "ada", password)


@pytest.mark.parametrize(
    ("policy", "password", "said"),
    [
        (PasswordPolicy(minimum_length=14), "x" * 13, "minimum length of 14"),
        (PasswordPolicy(require_symbols=True), "Abcdefg1", "one symbol"),
        (PasswordPolicy(require_numbers=True), "Abcdefg-", "one number"),
        (PasswordPolicy(require_uppercase=True), "abcdefg1", "one uppercase"),
        (PasswordPolicy(require_lowercase=True), "ABCDEFG1", "one lowercase"),
    ],
)
async def test_what_a_policy_demands(identities, account_id, ada, policy, password, said):
    await identities.accounts.set_password_policy(account_id, policy)
    with pytest.raises(PasswordRefused, match=said):
        await identities.set_password(account_id, "ada", password)
    await identities.set_password(account_id, "ada", "Abcdefghijklm-1")
    assert await identities.verify_password(account_id, "ada", "Abcdefghijklm-1")


async def test_former_passwords_are_not_taken_again(identities, account_id, ada):
    await identities.accounts.set_password_policy(account_id, PasswordPolicy(reuse_prevention=2))
    await identities.set_password(account_id, "ada", "first1")
    with pytest.raises(PasswordRefused, match="reuse"):
        await identities.set_password(account_id, "ada", "first1")
    await identities.set_password(account_id, "ada", "second")
    with pytest.raises(PasswordRefused, match="reuse"):
        await identities.set_password(account_id, "ada", "first1")
    await identities.set_password(account_id, "ada", "third3")
    await identities.set_password(account_id, "ada", "first1")


async def test_passwords_age(identities, account_id, ada, clock):
    await identities.set_password(account_id, "ada", GOOD)
    await identities.accounts.set_password_policy(account_id, PasswordPolicy(max_age=1))
    account = await identities.account(account_id)
    profile = await identities.logins.get(account_id, "ada")
    assert not identities.logins.expired(account, profile)
    clock.now += 24 * 3600
    assert identities.logins.expired(account, profile)


async def test_a_password_is_changed_by_who_knows_it(identities, account_id, ada):
    with pytest.raises(EntityNotFound, match="Login Profile for User ada cannot be found"):
        await identities.logins.change_password(account_id, "ada", GOOD, "Stratus-fog-2")
    await identities.logins.create(account_id, "ada", GOOD, reset_required=True)
    with pytest.raises(PasswordWrong):
        await identities.logins.change_password(account_id, "ada", "wrong", "Stratus-fog-2")
    await identities.logins.change_password(account_id, "ada", GOOD, "Stratus-fog-2")
    profile = await identities.logins.get(account_id, "ada")
    assert not profile.reset_required
    assert await identities.verify_password(account_id, "ada", "Stratus-fog-2")
    await identities.logins.delete(account_id, "ada")
    assert not await identities.verify_password(account_id, "ada", "Stratus-fog-2")
