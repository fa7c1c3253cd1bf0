"""Users: names in any case, renaming, sign-in names, and what keeps them from being deleted."""

import pytest

from lenticular.primitives.identities import (
    USERS,
    EntityExists,
    EntityInUse,
    EntityNotFound,
    InputInvalid,
    QuotaExceeded,
    quotas,
)

ALLOW = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)


async def test_names_are_unique_in_any_case(identities, account_id):
    user = await identities.users.create(account_id, "Ada", path="/team/")
    assert user.arn == f"arn:aws:iam::{account_id}:user/team/Ada"
    assert user.id.startswith("AIDA")
    assert len(user.id) == 21
    assert await identities.users.find(account_id, "aDA") == user
    with pytest.raises(EntityExists, match="User with name ADA already exists"):
        await identities.users.create(account_id, "ADA")


async def test_accounts_do_not_share_names(identities, account_id):
    other = (await identities.create_account("other")).account_id
    mine, theirs = [await identities.users.create(each, "ada") for each in (account_id, other)]
    assert await identities.users.list(other) == [theirs]
    assert mine.identity_id != theirs.identity_id
    assert await identities.users.by_identity(theirs.identity_id) == theirs


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "x" * 129, "a\n"])
async def test_names_are_checked(identities, account_id, name):
    with pytest.raises(InputInvalid):
        await identities.users.create(account_id, name)


async def test_everything_stays_with_a_renamed_user(identities, account_id):
    user = await identities.users.create(account_id, "ada", email="ada@uni.example")
    await identities.groups.create(account_id, "staff")
    await identities.groups.add_user(account_id, "staff", "ada")
    await identities.inline_policies.put(USERS, account_id, "ada", "all", ALLOW)
    await identities.logins.create(account_id, "ada", "Nimbus-rain-1")
    key, _ = await identities.keys.create(account_id, "ada")
    renamed = await identities.users.rename(account_id, "ada", new_name="lovelace", new_path="/x/")
    assert (renamed.id, renamed.identity_id) == (user.id, user.identity_id)
    assert await identities.users.find(account_id, "ada") is None
    assert [each.name for each in await identities.groups.members(account_id, "staff")] == [
        "lovelace"
    ]
    assert await identities.inline_policies.names(USERS, account_id, "lovelace") == ["all"]
    assert await identities.verify_password(account_id, "lovelace", "Nimbus-rain-1")
    principal = (await identities.signer(key.access_key_id)).principal
    assert principal.arn == f"arn:aws:iam::{account_id}:user/x/lovelace"
    assert principal.keys["aws:username"] == "lovelace"


async def test_a_user_can_change_the_case_of_its_name_only(identities, account_id):
    await identities.users.create(account_id, "ada")
    await identities.users.rename(account_id, "ada", new_name="Ada")
    assert [user.name for user in await identities.users.list(account_id)] == ["Ada"]


async def test_a_new_user_of_an_old_name_inherits_nothing(identities, account_id):
    before = await identities.users.create(account_id, "ada", email="ada@uni.example")
    await identities.users.delete(account_id, "ada")
    after = await identities.users.create(account_id, "ada")
    assert before.id != after.id
    assert before.identity_id != after.identity_id
    assert await identities.users.by_identity(before.identity_id) is None
    assert await identities.find_user("ada@uni.example") is None


async def test_who_signs_in(identities, account_id):
    other = (await identities.create_account("Genomics")).account_id
    ada = await identities.users.create(account_id, "ada", email="Ada@uni.example")
    theirs = await identities.users.create(other, "ada", email="ada@genomics.example")
    await identities.users.create(other, "bob")
    for name, expected in {
        "ada": ada,
        "ADA": ada,
        "ada@lab.localhost": ada,
        f"ada@{account_id}.localhost": ada,
        "ada@Genomics.LOCALHOST": theirs,
        "ada@UNI.example": ada,
        "ada@genomics.example": theirs,
        "bob": None,  # only in another account
        "ada@genomics.elsewhere": None,
        "ada@nobody.localhost": None,
        "": None,
        "@lab.localhost": None,
    }.items():
        assert await identities.find_user(name) == expected, name


async def test_a_mail_address_of_two_users_is_nobodys(identities, account_id):
    for name in ("ada", "bob"):
        await identities.users.create(account_id, name, email="office@uni.example")
    assert await identities.find_user("office@uni.example") is None
    await identities.users.describe(account_id, "bob", email="bob@uni.example", full_name="B.")
    assert (await identities.find_user("office@uni.example")).name == "ada"
    assert (await identities.find_user("bob@uni.example")).full_name == "B."


async def test_what_must_go_first(identities, account_id):
    await identities.users.create(account_id, "ada")
    await identities.groups.create(account_id, "staff")
    key, _ = await identities.keys.create(account_id, "ada")
    await identities.logins.create(account_id, "ada", "Nimbus-rain-1")
    await identities.groups.add_user(account_id, "staff", "ada")
    await identities.inline_policies.put(USERS, account_id, "ada", "all", ALLOW)
    for remove, what in (
        (identities.keys.delete(account_id, "ada", key.access_key_id), "access keys"),
        (identities.logins.delete(account_id, "ada"), "login profile"),
        (identities.groups.remove_user(account_id, "staff", "ada"), "from group"),
        (identities.inline_policies.delete(USERS, account_id, "ada", "all"), "delete policies"),
    ):
        with pytest.raises(EntityInUse, match=what):
            await identities.users.delete(account_id, "ada")
        await remove
    await identities.users.delete(account_id, "ada")
    with pytest.raises(EntityNotFound, match="The user with name ada cannot be found"):
        await identities.users.delete(account_id, "ada")


async def test_lists_are_by_name_below_a_path_and_in_pages(identities, account_id):
    for name, path in (("b", "/x/"), ("A", "/x/y/"), ("c", "/"), ("D", "/x/")):
        await identities.users.create(account_id, name, path=path)

    async def names(**options):
        return [user.name for user in await identities.users.list(account_id, **options)]

    assert await names() == ["A", "b", "c", "D"]
    assert await names(path_prefix="/x/") == ["A", "b", "D"]
    assert await names(path_prefix="/x/", after="A", limit=1) == ["b"]
    assert await names(after="B") == ["c", "D"]


async def test_an_account_has_so_many_users(identities, account_id, monkeypatch):
    monkeypatch.setitem(quotas.QUOTAS, "UsersPerAccount", 2)
    for name in ("a", "b"):
        await identities.users.create(account_id, name)
    with pytest.raises(QuotaExceeded, match="Cannot exceed quota for UsersPerAccount: 2"):
        await identities.users.create(account_id, "c")
    await identities.users.delete(account_id, "a")
    await identities.users.create(account_id, "c")
