"""The policies of identities as the evaluator gets them, and their end with the identity."""

import json

import pytest

from lenticular.primitives.identities import (
    GROUPS,
    ROLES,
    USERS,
    EntityInUse,
    EntityNotFound,
)
from lenticular.primitives.identities.policies import attached, boundary
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.testing.policies import allow, deny, policy

READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BILLING = "arn:aws:iam::aws:policy/job-function/Billing"
TRUST = json.dumps(policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}))


@pytest.fixture
def account(account_id):
    return account_id


async def may(identities, account, name, action):
    principal = await identities.read(
        lambda reader: identities.user_principal(reader, account, name)
    )
    return decide(Access(principal, action, "*", account))


async def test_a_user_has_its_own_policies_and_those_of_its_groups(identities, account):
    user = await identities.users.create(account, "ana")
    group = await identities.groups.create(account, "lab")
    await identities.groups.add_user(account, "lab", "ana")
    own = await identities.policies.create(account, "own", json.dumps(policy(allow("sqs:*"))))
    await identities.attachments.attach(USERS, account, "ana", own.arn)
    await identities.attachments.attach(GROUPS, account, "lab", READER)
    inline = json.dumps(policy(deny("s3:GetObject", Sid="Not")))
    await identities.inline_policies.put(GROUPS, account, "lab", "not", inline)

    def of_both(reader):
        return [attached(reader, account, each.owner) for each in (user, group)]

    of_user, of_group = await identities.read(of_both)
    assert [each.name for each in of_user] == [own.arn]
    assert [each.name for each in of_group] == [READER, "inline policy not of group lab"]
    assert await identities.read(of_both) == [of_user, of_group]
    assert (await identities.read(of_both))[0][0] is of_user[0], "compiled once"
    assert (await may(identities, account, "ana", "sqs:SendMessage")).allowed
    assert (await may(identities, account, "ana", "s3:ListBucket")).allowed
    denied = await may(identities, account, "ana", "s3:GetObject")
    assert [each.label for each in denied.statements] == [
        "statement Not of inline policy not of group lab"
    ]


async def test_another_version_counts_from_when_it_is_the_default(identities, account):
    await identities.users.create(account, "ana")
    made = await identities.policies.create(account, "own", json.dumps(policy(allow("sqs:*"))))
    await identities.attachments.attach(USERS, account, "ana", made.arn)
    other = json.dumps(policy(allow("s3:*")))
    version = await identities.policies.add_version(account, made.arn, other, default=False)
    assert not (await may(identities, account, "ana", "s3:GetObject")).allowed
    await identities.policies.set_default(account, made.arn, version.number)
    assert (await may(identities, account, "ana", "s3:GetObject")).allowed
    assert not (await may(identities, account, "ana", "sqs:SendMessage")).allowed


async def test_a_boundary_ends_with_whom_it_bounds(identities, account):
    role = await identities.roles.create(account, "lab", TRUST)
    fence = await identities.policies.create(account, "fence", json.dumps(policy(allow("s3:*"))))
    await identities.attachments.bound(ROLES, account, "lab", BILLING)
    await identities.attachments.bound(ROLES, account, "lab", fence.arn)
    found = await identities.read(lambda reader: boundary(reader, account, role.owner))
    assert found is not None
    assert found.name == fence.arn
    with pytest.raises(EntityInUse):
        await identities.policies.delete(account, fence.arn)
    await identities.roles.delete(account, "lab")
    await identities.policies.delete(account, fence.arn)
    again = await identities.roles.create(account, "lab", TRUST)
    assert await identities.read(lambda reader: boundary(reader, account, again.owner)) is None


async def test_a_boundary_that_is_not_there_is_refused(identities, account):
    await identities.users.create(account, "ana")
    with pytest.raises(EntityNotFound, match="does not exist or is not attachable"):
        await identities.attachments.bound(USERS, account, "ana", f"{BILLING}x")


async def test_accounts_share_no_policies(identities, account):
    other = (await identities.create_account("other")).account_id
    mine = await identities.policies.create(account, "own", json.dumps(policy(allow("sqs:*"))))
    await identities.users.create(other, "ana")
    for arn in (mine.arn, mine.arn.replace(account, other)):
        with pytest.raises(EntityNotFound):
            await identities.attachments.attach(USERS, other, "ana", arn)
        with pytest.raises(EntityNotFound):
            await identities.policies.get(other, arn)
    assert await identities.policies.of_account(other) == []
