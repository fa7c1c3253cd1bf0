"""The lives of sessions: what is kept of them, and everything that ends them."""

import os

import pytest

from lenticular.primitives.identities import ROLES
from lenticular.primitives.sessions import NOTHING, Passed, RequestInvalid, Sessions
from lenticular.primitives.sessions.sessions import REMEMBERED_EXPIRED
from lenticular.primitives.vault import KEY_SIZE, Vault, VaultError

from .conftest import World, allow, document, may, trust


@pytest.fixture
async def alice(world, lab):
    return await world.user(lab, "alice", allow("*"))


@pytest.fixture
async def arn(world, lab):
    return await world.role(lab, "worker", trust({"AWS": lab}), allow("s3:*"))


async def all_keys(world):
    return await world.store.read(lambda reader: reader.range(b"\x00", b"\xff"))


async def session_keys(world):
    return [key for key, _ in await all_keys(world) if b"sessions" in key]


async def test_credentials(world, alice, arn):
    issued = await world.assume(alice, arn)
    assert (issued.access_key_id[:4], len(issued.access_key_id)) == ("ASIA", 20)
    assert len(issued.secret_access_key) == 40
    assert len(issued.session_token) == 64
    signer = await world.identities.signer(issued.access_key_id)
    assert signer.secret_access_key == issued.secret_access_key
    assert signer.session_token == issued.session_token
    assert signer.expires == world.clock() + 3600
    assert signer.principal.access_key_id == issued.access_key_id
    another = await world.assume(alice, arn)
    pairs = zip(issued[:3], another[:3], strict=True)
    assert all(one != other for one, other in pairs)


async def test_secrets_are_not_readable_in_the_store(world, alice, arn):
    issued = await world.assume(alice, arn)
    for key, value in await all_keys(world):
        for secret in (issued.secret_access_key, issued.session_token):
            assert secret.encode() not in key + value


async def test_a_token_is_as_long_as_is_asked(world, alice):
    for size, length in ((0, 64), (64, 64), (65, 65), (4096, 4096)):
        issued = await world.sessions.session_token(alice, token_size=size)
        assert len(issued.session_token) == length
        assert (await world.identities.signer(issued.access_key_id)).session_token == (
            issued.session_token
        )


async def test_sessions_survive_a_restart(world, alice, arn):
    issued = await world.assume(alice, arn, Passed(policy=document(allow("s3:GetObject"))))
    again = World(world.store, world.vault, world.clock)
    signer = await again.identities.signer(issued.access_key_id)
    assert signer.session_token == issued.session_token
    assert may(signer.principal, "s3:GetObject")
    assert not may(signer.principal, "s3:PutObject")


async def test_another_master_key_opens_none(world, alice, arn):
    issued = await world.assume(alice, arn)
    stranger = World(world.store, Vault(os.urandom(KEY_SIZE)), world.clock)
    with pytest.raises(VaultError):
        await stranger.identities.signer(issued.access_key_id)


async def test_an_unknown_session(world):
    assert await world.identities.signer("ASIA" + "X" * 16) is None
    assert await world.sessions.find("ASIA" + "X" * 16) is None
    await world.sessions.end("ASIA" + "X" * 16)


# ------------------------------------------------------------------ ends


async def test_a_session_ends_with_its_role(world, lab, alice, arn):
    issued = await world.assume(alice, arn)
    await world.identities.inline_policies.delete(ROLES, lab, "worker", "own")
    await world.identities.roles.delete(lab, "worker")
    assert await world.principal(issued.access_key_id) is None
    # Another role of the same name is another one.
    await world.role(lab, "worker", trust({"AWS": lab}), allow("*"))
    assert await world.principal(issued.access_key_id) is None


async def test_a_session_ends_with_its_user(world, lab):
    bob = await world.user(lab, "bob")
    portal = await world.sessions.for_user(lab, "bob", 3600)
    token = await world.sessions.session_token(bob)
    for key in await world.identities.keys.list(lab, "bob"):
        await world.identities.keys.delete(lab, "bob", key.access_key_id)
    assert await world.principal(portal.access_key_id) is not None
    await world.identities.users.delete(lab, "bob")
    await world.user(lab, "bob", allow("*"))
    for issued in (portal, token):
        assert await world.principal(issued.access_key_id) is None


async def test_a_user_is_followed_through_a_change_of_name(world, lab, alice):
    issued = await world.sessions.for_user(lab, "alice", 3600)
    await world.identities.users.rename(lab, "alice", new_name="alicia")
    assert (await world.principal(issued.access_key_id)).arn.endswith(":user/alicia")


async def test_ending_one_session(world, alice, arn):
    ended, left = await world.assume(alice, arn), await world.assume(alice, arn)
    assert await world.principal(ended.access_key_id) is not None
    await world.sessions.end(ended.access_key_id)
    assert await world.principal(ended.access_key_id) is None
    assert await world.principal(left.access_key_id) is not None


async def test_signing_out_everywhere(world, lab, alice, arn):
    bob = await world.user(lab, "bob", allow("sts:*"))
    mine = [
        await world.sessions.for_user(lab, "alice", 3600),
        await world.sessions.session_token(alice),
        await world.sessions.federate(alice, "guest", NOTHING),
    ]
    others = [
        await world.sessions.for_user(lab, "bob", 3600),
        await world.sessions.federate(bob, "guest", NOTHING),
        await world.assume(alice, arn),
        await world.sessions.session_token(await world.root(lab)),
    ]
    assert await world.sessions.end_all(lab, alice.user_id) == 3
    assert [await world.principal(each.access_key_id) for each in mine] == [None] * 3
    assert None not in [await world.principal(each.access_key_id) for each in others]
    assert await world.principal(alice.access_key_id) is not None


async def test_older_sessions_are_revoked_by_policy(world, lab, alice, arn):
    """What AWS's console calls «Revoke sessions»."""
    old = await world.assume(alice, arn)
    world.clock.now += 10
    revoked = {
        **allow("*"),
        "Effect": "Deny",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2027-01-15T08:00:10Z"}},
    }
    policies = world.identities.inline_policies
    await policies.put(ROLES, lab, "worker", "AWSRevokeOlderSessions", document(revoked))
    new = await world.assume(alice, arn)
    assert not may(await world.principal(old.access_key_id), "s3:GetObject")
    assert may(await world.principal(new.access_key_id), "s3:GetObject")


# ------------------------------------------------------------------ sweeping


async def test_what_is_long_over_is_swept(world, alice, arn):
    old = await world.assume(alice, arn, seconds=900)
    young = await world.assume(alice, arn, seconds=3600)
    world.clock.now += 901
    assert await world.sessions.sweep() == 0
    signer = await world.identities.signer(old.access_key_id)
    assert signer.expires < world.clock()
    world.clock.now += REMEMBERED_EXPIRED
    assert await world.sessions.sweep() == 1
    assert await world.identities.signer(old.access_key_id) is None
    assert await world.sessions.find(young.access_key_id) is not None
    world.clock.now += 3600
    assert await world.sessions.sweep() == 1
    assert await session_keys(world) == []


async def test_many_are_swept_at_once(world, lab, alice, monkeypatch):
    monkeypatch.setattr("lenticular.primitives.sessions.sessions._SWEPT", 3)
    for _ in range(10):
        await world.sessions.for_user(lab, "alice", 900)
    world.clock.now += 901 + REMEMBERED_EXPIRED
    assert await world.sessions.sweep() == 10
    assert await session_keys(world) == []


async def test_ended_sessions_leave_nothing(world, lab, alice, arn):
    await world.assume(alice, arn)
    await world.sessions.for_user(lab, "alice", 900)
    await world.sessions.end((await world.assume(alice, arn)).access_key_id)
    await world.sessions.end_all(lab, alice.user_id)
    role = await world.identities.roles.get(lab, "worker")
    await world.sessions.end_all(lab, role.id)
    assert await session_keys(world) == []


async def test_what_is_refused_leaves_nothing(world, alice, arn):
    with pytest.raises(RequestInvalid):
        await world.assume(alice, arn, seconds=4000)
    with pytest.raises(RequestInvalid):
        await world.assume(alice, arn, Passed(policy_arns=("arn:aws:iam::aws:policy/No",)))
    assert await session_keys(world) == []


async def test_two_processes_see_the_same(world, lab, alice, arn):
    """A session that ends in one process is refused in another after a second at most."""
    second = World(world.store, world.vault, world.clock)
    issued = await world.assume(alice, arn)
    assert await second.principal(issued.access_key_id) is not None
    await Sessions(world.store, world.vault, world.identities).end(issued.access_key_id)
    world.clock.now += 1.1
    assert await second.principal(issued.access_key_id) is None
