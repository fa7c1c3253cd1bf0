"""Roles, groups, instance profiles, issuers and tags, as the store keeps them."""

import pytest

from lenticular.primitives.identities import (
    ROLES,
    EntityExists,
    EntityInUse,
    EntityNotFound,
    InputInvalid,
    QuotaExceeded,
    tags,
)

TRUST = (
    '{"Version": "2012-10-17", "Statement": '
    '{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}'
)


async def test_a_role_says_what_its_policies_say(identities, account_id):
    role = await identities.roles.create(account_id, "Analyst", TRUST)
    document = TRUST.replace('"Principal": {"AWS": "*"}, ', "").replace(
        "sts:AssumeRole", 's3:GetObject", "Resource": "*'
    )
    await identities.inline_policies.put(ROLES, account_id, "analyst", "read", document)
    authority = await identities.read(
        lambda reader: identities.role_authority(reader, account_id, "Analyst")
    )
    assert [policy.document for policy in authority.identity] == [document]
    with pytest.raises(EntityInUse, match="delete policies"):
        await identities.roles.delete(account_id, role.name)


async def test_the_same_policies_are_the_same_authority(identities, account_id):
    for name in ("a", "b"):
        await identities.roles.create(account_id, name, TRUST)
    a, b = [
        await identities.read(
            lambda reader, name=name: identities.role_authority(reader, account_id, name)
        )
        for name in ("a", "b")
    ]
    assert a is b


async def test_an_instance_profile_has_one_role(identities, account_id):
    for name in ("a", "b"):
        await identities.roles.create(account_id, name, TRUST)
    profile = await identities.profiles.create(account_id, "machine")
    await identities.profiles.add_role(account_id, "machine", "a")
    with pytest.raises(QuotaExceeded, match="InstanceSessionsPerInstanceProfile: 1"):
        await identities.profiles.add_role(account_id, "machine", "b")
    [found] = await identities.profiles.of_role(account_id, "a")
    assert found.id == profile.id
    assert (await identities.profiles.role_in(found)).name == "a"
    with pytest.raises(EntityInUse, match="remove roles from instance profile"):
        await identities.roles.delete(account_id, "a")
    with pytest.raises(EntityInUse, match="remove roles from instance profile"):
        await identities.profiles.delete(account_id, "machine")
    with pytest.raises(EntityNotFound):
        await identities.profiles.remove_role(account_id, "machine", "b")
    await identities.profiles.remove_role(account_id, "machine", "a")
    await identities.roles.delete(account_id, "a")
    await identities.profiles.delete(account_id, "machine")


async def test_a_group_is_left_before_it_goes(identities, account_id):
    await identities.users.create(account_id, "ada")
    await identities.groups.create(account_id, "staff")
    await identities.groups.add_user(account_id, "staff", "ada")
    await identities.groups.add_user(account_id, "staff", "ada")  # she is there already
    await identities.groups.rename(account_id, "staff", new_name="crew")
    assert [group.name for group in await identities.groups.of_user(account_id, "ada")] == ["crew"]
    with pytest.raises(EntityInUse, match="remove users from group"):
        await identities.groups.delete(account_id, "crew")
    await identities.groups.remove_user(account_id, "crew", "ada")
    with pytest.raises(EntityNotFound):
        await identities.groups.remove_user(account_id, "crew", "ada")
    await identities.groups.delete(account_id, "crew")


async def test_a_user_is_in_ten_groups(identities, account_id):
    await identities.users.create(account_id, "ada")
    for number in range(11):
        await identities.groups.create(account_id, f"g{number}")
    for number in range(10):
        await identities.groups.add_user(account_id, f"g{number}", "ada")
    with pytest.raises(QuotaExceeded, match="GroupsPerUser: 10"):
        await identities.groups.add_user(account_id, "g10", "ada")
    assert len(await identities.groups.of_user(account_id, "ada")) == 10


async def test_an_issuer_is_trusted_by_account(identities, account_id):
    made = await identities.oidc.create(account_id, "id.example/tenant", ["a", "a"], ["0" * 40])
    assert made.arn == f"arn:aws:iam::{account_id}:oidc-provider/id.example/tenant"
    with pytest.raises(EntityExists):
        await identities.oidc.create(account_id, "id.example/tenant")
    await identities.oidc.add_client(account_id, "id.example/tenant", "b")
    await identities.oidc.remove_client(account_id, "id.example/tenant", "a")
    assert (await identities.oidc.find(account_id, "id.example/tenant")).client_ids == ("b",)
    other = (await identities.create_account("other")).account_id
    assert await identities.oidc.find(other, "id.example/tenant") is None
    await identities.oidc.delete(account_id, "id.example/tenant")
    assert await identities.oidc.list(account_id) == []


def test_tag_keys_are_unique_in_any_case():
    assert tags.merged({"Team": "a", "x": "1"}, {"TEAM": "b"}) == {"x": "1", "TEAM": "b"}
    assert tags.without({"Team": "a", "x": "1"}, ["team"]) == {"x": "1"}
    with pytest.raises(InputInvalid, match="Duplicate tag keys"):
        tags.checked([("a", "1"), ("A", "2")])
    with pytest.raises(InputInvalid, match="reserved"):
        tags.checked([("AWS:x", "1")])
    with pytest.raises(QuotaExceeded):
        tags.merged({str(number): "" for number in range(50)}, {"more": ""})
