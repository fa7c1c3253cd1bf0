"""Users and roles that policies name: bound when a policy is saved, told of when it is shown."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from lenticular.primitives.identities import ROLES, EntityNotFound, Role
from lenticular.primitives.identities.bindings import bind, shown
from lenticular.primitives.identities.records import decode, encode
from lenticular.primitives.policies.documents import PolicyMalformed, PrincipalUnknown, parse


def trusting(*principals):
    statement = {"Effect": "Allow", "Principal": {"AWS": list(principals)}}
    statement["Action"] = "sts:AssumeRole"
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


@pytest.fixture
def bound(identities):
    """Returns the bindings of a policy that trusts some principals."""

    async def call(*principals):
        policy = parse(trusting(*principals), "p", "trust")
        return await identities.read(lambda reader: bind(reader, policy))

    return call


async def test_users_and_roles_of_any_account_are_bound(identities, account_id, bound):
    other = (await identities.create_account("other")).account_id
    user = await identities.users.create(account_id, "Bob", path="/team/")
    role = await identities.roles.create(other, "work", trusting(account_id))
    found = await bound(user.arn, role.arn, account_id, f"arn:aws:iam::{other}:root")
    assert dict(found) == {user.arn: user.id, role.arn: role.id}


async def test_what_is_not_there_is_refused(identities, account_id, bound):
    user = await identities.users.create(account_id, "Bob", path="/team/")
    for arn in (
        user.arn.replace("Bob", "bob"),
        user.arn.replace("/team", ""),
        user.arn.replace("user/", "role/"),
        user.arn.replace(account_id, "000000000000"),
        f"{user.arn}by",
    ):
        with pytest.raises(PrincipalUnknown, match="Invalid principal in policy") as caught:
            await bound(user.arn, arn)
        assert caught.value.arn == arn
        assert arn in str(caught.value)


async def test_a_policy_is_shown_with_what_its_principals_are_called_now(
    identities, account_id, bound
):
    user = await identities.users.create(account_id, "bob")
    role = await identities.roles.create(account_id, "work", trusting(account_id))
    text, bindings = trusting(user.arn, role.arn), await bound(user.arn, role.arn)

    async def told():
        return await identities.read(lambda reader: shown(reader, text, bindings))

    assert await told() == text
    await identities.users.rename(account_id, "bob", new_name="robert", new_path="/team/")
    await identities.users.create(account_id, "bob")
    robert = f"arn:aws:iam::{account_id}:user/team/robert"
    assert json.loads(await told()) == json.loads(trusting(robert, role.arn))
    await identities.users.delete(account_id, "robert")
    await identities.roles.delete(account_id, "work")
    await identities.roles.create(account_id, "work", trusting(account_id))
    assert json.loads(await told()) == json.loads(trusting(user.id, role.id))


async def test_a_role_keeps_whom_it_trusts(identities, account_id):
    bob = await identities.users.create(account_id, "bob")
    ann = await identities.users.create(account_id, "ann")
    role = await identities.roles.create(account_id, "work", trusting(bob.arn))
    assert role.bindings == ((bob.arn, bob.id),)
    await identities.roles.entrust(account_id, "Work", trusting(ann.arn))
    found = await identities.roles.get(account_id, "work")
    assert (found.trust, found.bindings) == (trusting(ann.arn), ((ann.arn, ann.id),))
    for wrong in (trusting(f"{bob.arn}by"), "{}"):
        with pytest.raises(PolicyMalformed):
            await identities.roles.entrust(account_id, "work", wrong)
        with pytest.raises(PolicyMalformed):
            await identities.roles.create(account_id, "play", wrong)
    assert await identities.roles.get(account_id, "work") == found
    assert await identities.roles.find(account_id, "play") is None
    with pytest.raises(EntityNotFound):
        await identities.roles.entrust(account_id, "play", trusting(ann.arn))


async def test_a_new_role_does_not_trust_itself(identities, account_id):
    itself = trusting(f"arn:aws:iam::{account_id}:role/work")
    with pytest.raises(PrincipalUnknown):
        await identities.roles.create(account_id, "work", itself)
    await identities.roles.create(account_id, "work", trusting(account_id))
    await identities.roles.entrust(account_id, "work", itself)


async def test_a_role_of_before_is_read_and_shown_as_it_is(identities, account_id):
    gone = trusting(f"arn:aws:iam::{account_id}:user/gone")
    role = await identities.roles.create(account_id, "work", trusting(account_id))
    fields = list(msgspec.msgpack.decode(encode(replace(role, trust=gone))))
    before = decode(msgspec.msgpack.encode(fields[:-1]), Role)
    assert before == replace(role, trust=gone)
    await identities.change(lambda tx: ROLES.put(tx, before))
    [told] = await identities.roles.as_shown([await identities.roles.get(account_id, "work")])
    assert told == before
