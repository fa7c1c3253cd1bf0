"""Grants: what they give, to whom, and under which context."""

import json

import pytest
from msgspec.structs import replace

from lenticular.primitives.access import AccessDenied
from lenticular.primitives.identities import USERS
from lenticular.primitives.keys.errors import (
    GranteeInvalid,
    GrantInvalid,
    GrantNotFound,
    GrantTokenInvalid,
)
from lenticular.primitives.keys.records import Grant


def giving(grantee, *operations, **more):
    return Grant("", "", 0, "", grantee.arn, operations, **more)


@pytest.fixture
async def ada(principal_of, root):
    """A user without any policy."""
    return await principal_of(root.account_id, "ada")


@pytest.fixture
def give(keys, asking, key):
    async def make(grant, principal=None):
        return await keys.grants.create(asking("CreateGrant", key, principal), grant)

    return make


@pytest.fixture
def opens(keys, asking, key, root):
    """``await opens(principal, context)``: whether it may decrypt."""

    async def tried(principal, context=None):
        made = await keys.generate_data_key(root, key.arn, context or {})
        try:
            await keys.open_data_key(principal, made.wrapped, context or {})
        except AccessDenied:
            return False
        return True

    return tried


async def test_a_grant_counts_from_when_it_is_made_until_it_is_revoked(
    keys, asking, key, ada, give, opens
):
    assert not await opens(ada)
    issued = await give(giving(ada, "Decrypt"))
    assert await opens(ada)
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(ada, key.arn, {})
    await keys.grants.revoke(asking("RevokeGrant", key), issued.grant.id)
    assert not await opens(ada)
    with pytest.raises(GrantNotFound):
        await keys.grants.revoke(asking("RevokeGrant", key), issued.grant.id)


async def test_a_grant_is_for_its_key(keys, ada, give, make_key, root):
    await give(giving(ada, "Decrypt"))
    made = await keys.generate_data_key(root, (await make_key()).arn, {})
    with pytest.raises(AccessDenied):
        await keys.open_data_key(ada, made.wrapped, {})


@pytest.mark.parametrize(
    ("constraint", "context", "expected"),
    [
        ({"context_equals": {"a": "1"}}, {"a": "1"}, True),
        ({"context_equals": {"a": "1"}}, {"a": "1", "b": "2"}, False),
        ({"context_equals": {"a": "1"}}, {}, False),
        ({"context_subset": {"a": "1"}}, {"a": "1", "b": "2"}, True),
        ({"context_subset": {"a": "1"}}, {"a": "2"}, False),
        ({"context_subset": {"a": "1"}}, {"A": "1"}, False),
    ],
)
async def test_constraints_are_about_the_context(give, ada, opens, constraint, context, expected):
    await give(giving(ada, "Decrypt", **constraint))
    assert await opens(ada, context) is expected


async def test_what_denies_outweighs_a_grant(keys, asking, key, principal_of, root, give, opens):
    denied = {"Effect": "Deny", "Action": ["kms:Decrypt", "kms:RetireGrant"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    bob = await principal_of(root.account_id, "bob", policy)
    issued = await give(giving(bob, "Decrypt", "RetireGrant"))
    assert not await opens(bob)
    with pytest.raises(AccessDenied):
        await keys.grants.retire(asking("RetireGrant", key, bob), issued.grant.id)


async def test_a_grant_is_for_one_user_not_for_a_later_one_of_the_name(
    identities, principal_of, root, give, opens, ada
):
    await give(giving(ada, "Decrypt"))
    await identities.users.delete(root.account_id, "ada")
    assert not await opens(await principal_of(root.account_id, "ada"))


async def test_what_an_account_is_given_its_policies_hand_on(
    identities, principal_of, stranger, give, opens
):
    await give(giving(stranger, "Decrypt"))
    assert await opens(stranger)
    guest = await principal_of(stranger.account_id, "guest")
    assert not await opens(guest)
    allowed = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    await identities.inline_policies.put(
        USERS,
        stranger.account_id,
        "guest",
        "own",
        json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    guest = await identities.read(
        lambda reader: identities.user_principal(reader, stranger.account_id, "guest")
    )
    assert await opens(guest)


async def test_who_may_make_grants_by_a_grant_gives_no_more_than_that(
    principal_of, root, give, ada, opens
):
    bob = await principal_of(root.account_id, "bob")
    await give(giving(ada, "Decrypt", "CreateGrant", context_subset={"a": "1"}))
    for more in (
        giving(bob, "Encrypt", context_subset={"a": "1"}),
        giving(bob, "Decrypt"),
        giving(bob, "Decrypt", context_subset={"a": "2"}),
        giving(bob, "Decrypt", context_equals={"b": "1"}),
    ):
        with pytest.raises(AccessDenied):
            await give(more, ada)
    await give(giving(bob, "Decrypt", context_equals={"a": "1", "b": "2"}), ada)
    assert await opens(bob, {"a": "1", "b": "2"})
    assert not await opens(bob, {"a": "1"})


async def test_grants_are_retired_by_whom_they_name(
    keys, asking, key, principal_of, root, give, ada, opens
):
    bob = await principal_of(root.account_id, "bob")
    issued = await give(giving(ada, "Decrypt", retiring=bob.arn))
    with pytest.raises(AccessDenied):
        await keys.grants.retire(asking("RetireGrant", key, ada), issued.grant.id)
    listed = await keys.grants.retirable(asking("ListRetirableGrants"), bob.arn)
    assert [(found.id, grant) for found, grant in listed] == [(key.id, issued.grant)]
    await keys.grants.retire(asking("RetireGrant", key, bob), issued.grant.id)
    assert not await opens(ada)
    issued = await give(giving(ada, "Decrypt", "RetireGrant"))
    await keys.grants.retire(asking("RetireGrant", key, ada), issued.grant.id)
    issued = await give(giving(ada, "Decrypt"))
    await keys.grants.retire(asking("RetireGrant", key), issued.grant.id)
    assert await keys.grants.retirable(asking("ListRetirableGrants"), bob.arn) == []
    assert not await opens(ada)


async def test_who_may_retire_a_grant_by_it_retires_no_other(
    keys, asking, key, principal_of, root, give, ada, opens
):
    bob = await principal_of(root.account_id, "bob")
    await give(giving(bob, "RetireGrant"))
    issued = await give(giving(ada, "Decrypt"))
    with pytest.raises(AccessDenied):
        await keys.grants.retire(asking("RetireGrant", key, bob), issued.grant.id)
    assert await opens(ada)


async def test_a_grant_that_is_asked_for_again_is_the_same(keys, asking, give, ada, key):
    first, again = [await give(giving(ada, "Decrypt", name="job")) for _ in range(2)]
    other = await give(giving(ada, "Encrypt", name="job"))
    assert first == again
    assert other.grant.id != first.grant.id
    unnamed = {(await give(giving(ada, "Decrypt"))).grant.id for _ in range(2)}
    assert len(unnamed) == 2
    assert len((await keys.grants.of_key(asking("ListGrants", key)))[1]) == 4


async def test_only_those_who_are_there_get_grants(give, ada, make_key, keys, asking):
    for arn in ("*", "ada", "arn:aws:iam::123456789012:user/nobody", f"{ada.arn}x", "1" * 12):
        with pytest.raises(GranteeInvalid):
            await give(replace(giving(ada, "Decrypt"), grantee=arn))
    with pytest.raises(GrantInvalid):
        await give(giving(ada, "Sign"))
    mac = await make_key(spec="HMAC_256", usage="GENERATE_VERIFY_MAC")
    with pytest.raises(GrantInvalid):
        await keys.grants.create(
            asking("CreateGrant", mac), giving(ada, "GenerateMac", context_subset={"a": "1"})
        )


async def test_tokens_name_their_grant_and_cannot_be_made_up(keys, give, ada, key):
    issued = await give(giving(ada, "Decrypt"))
    assert keys.grants.named_by(issued.token) == (key.id, issued.grant.id)
    keys.grants.check_tokens([issued.token])
    for forged in ("", "!", "é", "AAAA", issued.token[:-4] + "AAAA", "A" + issued.token[1:]):
        if forged != issued.token:
            with pytest.raises(GrantTokenInvalid):
                keys.grants.named_by(forged)
