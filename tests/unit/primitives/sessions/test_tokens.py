"""Sessions of users and of those whom they vouch for: rights, limits, second factors."""

import pytest

from lenticular.primitives.identities import USERS, EntityNotFound
from lenticular.primitives.identities.onetime import STEP, code_at
from lenticular.primitives.sessions import (
    NotForSessions,
    Passed,
    Refused,
    RequestInvalid,
    SecondFactorWrong,
)

from .conftest import allow, document, may, trust

ANYTHING = allow("*")


async def device(world, account_id, user_name=""):
    """Give an identity a device; return its serial number and what it shows."""
    made, seed = await world.identities.devices.create(account_id, f"phone-{user_name or 'root'}")

    def shown(steps=0):
        return code_at(seed, int(world.clock()) // STEP + steps)

    await world.identities.devices.enable(
        account_id, user_name, made.serial_number, (shown(), shown(1))
    )
    world.clock.now += 5 * STEP
    return made.serial_number, shown


async def token(world, caller, *options, **more):
    issued = await world.sessions.session_token(caller, *options, **more)
    return await world.principal(issued.access_key_id)


# ------------------------------------------------------------------ GetSessionToken


async def test_a_session_of_a_user_is_the_user(world, lab):
    alice = await world.user(lab, "alice", allow("s3:*"), tags={"team": "radio"})
    session = await token(world, alice)
    assert (session.arn, session.user_id, session.kind) == (alice.arn, alice.user_id, "user")
    assert session.identity_id == alice.identity_id
    assert session.keys["aws:username"] == "alice"
    assert session.keys["aws:principaltag/team"] == "radio"
    assert session.keys["aws:multifactorauthpresent"] == "false"
    assert session.keys["aws:tokenissuetime"] == "2027-01-15T08:00:00Z"
    assert "aws:multifactorauthage" not in session.keys
    assert may(session, "s3:GetObject")
    assert not may(session, "dynamodb:GetItem")


async def test_without_a_second_factor_it_touches_no_identities(world, lab):
    for caller in (await world.user(lab, "admin", ANYTHING), await world.root(lab)):
        assert may(caller, "iam:CreateUser")
        session = await token(world, caller)
        assert may(session, "s3:GetObject")
        assert may(session, "sts:AssumeRole")
        assert not may(session, "iam:CreateUser")
        assert not may(session, "sts:GetFederationToken")
        assert not may(session, "sts:DecodeAuthorizationMessage")


async def test_with_a_second_factor_it_does(world, lab):
    condition = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "600"},
    }
    admin = await world.user(lab, "admin", {**ANYTHING, "Condition": condition})
    serial_number, shown = await device(world, lab, "admin")
    assert not may(admin, "iam:CreateUser")
    issued = await world.sessions.session_token(
        admin, serial_number=serial_number, token_code=shown()
    )
    session = await world.principal(issued.access_key_id)
    assert session.keys["aws:multifactorauthage"] == "0"
    assert may(session, "iam:CreateUser")
    assert not may(session, "sts:GetFederationToken")
    world.clock.now += 601
    assert not may(await world.principal(issued.access_key_id), "iam:CreateUser")


async def test_root_sessions_last_an_hour_at_most(world, lab):
    alice, root = await world.user(lab, "alice"), await world.root(lab)
    begun = int(world.clock() * 1000)
    for caller, wanted, seconds in (
        (alice, None, 43_200),
        (alice, 129_600, 129_600),
        (alice, 900, 900),
        (root, None, 3600),
        (root, 7200, 3600),
        (root, 900, 900),
    ):
        issued = await world.sessions.session_token(caller, wanted)
        assert issued.expires == begun + seconds * 1000
    for wanted in (899, 129_601, 0, -1):
        with pytest.raises(RequestInvalid):
            await world.sessions.session_token(alice, wanted)


async def test_sessions_begin_no_further_sessions_of_users(world, lab):
    alice = await world.user(lab, "alice", ANYTHING)
    arn = await world.role(lab, "worker", trust({"AWS": lab}), ANYTHING)
    in_role = await world.assumed(alice, arn)
    for caller in (await token(world, alice), in_role):
        with pytest.raises(NotForSessions):
            await world.sessions.session_token(caller)
        with pytest.raises(NotForSessions):
            await world.sessions.federate(caller, "guest", Passed())


# ------------------------------------------------------------------ second factors


async def test_a_code_is_good_once_and_for_its_owner(world, lab):
    alice, bob = await world.user(lab, "alice"), await world.user(lab, "bob")
    serial_number, shown = await device(world, lab, "alice")
    await token(world, alice, serial_number=serial_number, token_code=shown())
    for caller, code in ((alice, shown()), (bob, shown(1)), (alice, "000000")):
        with pytest.raises(SecondFactorWrong):
            await token(world, caller, serial_number=serial_number, token_code=code)
    await token(world, alice, serial_number=serial_number, token_code=shown(1))


async def test_codes_cannot_be_guessed(world, lab):
    alice = await world.user(lab, "alice")
    serial_number, shown = await device(world, lab, "alice")
    wrong = [f"{number:06d}" for number in range(20) if f"{number:06d}" != shown()]
    for code in wrong[:10]:
        with pytest.raises(SecondFactorWrong):
            await token(world, alice, serial_number=serial_number, token_code=code)
    # By now even the right one has to wait.
    with pytest.raises(SecondFactorWrong):
        await token(world, alice, serial_number=serial_number, token_code=shown())


async def test_device_and_code_come_together(world, lab):
    alice = await world.user(lab, "alice")
    for options in ({"serial_number": "arn:aws:iam::1:mfa/x"}, {"token_code": "123456"}):
        with pytest.raises(RequestInvalid, match="come together"):
            await token(world, alice, **options)


async def test_a_role_can_ask_for_a_second_factor(world, lab):
    alice = await world.user(lab, "alice", allow("sts:AssumeRole"))
    serial_number, shown = await device(world, lab, "alice")
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    arn = await world.role(lab, "strict", trust({"AWS": lab}, Condition=condition), ANYTHING)
    with pytest.raises(Refused):
        await world.assume(alice, arn)
    issued = await world.assume(alice, arn, serial_number=serial_number, token_code=shown())
    # What was proven for the role is not proven for what is done in it.
    session = await world.principal(issued.access_key_id)
    assert session.keys["aws:multifactorauthpresent"] == "false"
    with pytest.raises(SecondFactorWrong):
        await world.assume(session, arn, serial_number=serial_number, token_code=shown(1))


async def test_a_session_with_a_second_factor_takes_such_a_role(world, lab):
    alice = await world.user(lab, "alice", allow("sts:AssumeRole"))
    serial_number, shown = await device(world, lab, "alice")
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}
    arn = await world.role(lab, "strict", trust({"AWS": lab}, Condition=condition))
    issued = await world.sessions.session_token(
        alice, serial_number=serial_number, token_code=shown()
    )
    await world.assume(await world.principal(issued.access_key_id), arn)
    world.clock.now += 61
    with pytest.raises(Refused):
        await world.assume(await world.principal(issued.access_key_id), arn)


# ------------------------------------------------------------------ GetFederationToken


async def federated(world, caller, name="guest", **passed):
    issued = await world.sessions.federate(caller, name, Passed(**passed))
    return await world.principal(issued.access_key_id)


async def test_somebody_vouched_for_may_what_both_sides_allow(world, lab):
    alice = await world.user(lab, "alice", allow("s3:*", "sts:*", "iam:*"), tags={"team": "radio"})
    guest = await federated(world, alice, policy=document(allow("s3:GetObject", "dynamodb:*")))
    assert guest.arn == f"arn:aws:sts::{lab}:federated-user/guest"
    assert (guest.user_id, guest.kind) == (f"{lab}:guest", "federated")
    assert guest.issuer_arn == alice.arn
    assert guest.identity_id == ""
    assert "aws:username" not in guest.keys
    assert guest.keys["aws:principaltag/team"] == "radio"
    assert may(guest, "s3:GetObject")
    assert not may(guest, "s3:PutObject")
    assert not may(guest, "dynamodb:GetItem")


async def test_without_policies_they_may_nothing(world, lab):
    for caller in (await world.user(lab, "admin", ANYTHING), await world.root(lab)):
        guest = await federated(world, caller)
        assert not may(guest, "s3:GetObject")


async def test_they_touch_neither_identities_nor_tokens(world, lab):
    for caller in (await world.user(lab, "admin", ANYTHING), await world.root(lab)):
        guest = await federated(world, caller, policy=document(ANYTHING))
        assert may(guest, "s3:GetObject")
        assert not may(guest, "iam:CreateUser")
        assert not may(guest, "sts:AssumeRole")


async def test_they_have_no_groups_of_the_one_who_vouches(world, lab):
    world.identities.add_keys(lambda reader, person: {"globus:groups": ("a-group",)})
    alice = await world.user(lab, "alice", ANYTHING)
    assert alice.keys["globus:groups"] == ("a-group",)
    assert "globus:groups" not in (await federated(world, alice)).keys


async def test_vouching_needs_permission(world, lab):
    careful = await world.user(
        lab,
        "careful",
        allow("sts:GetFederationToken", resource=f"arn:aws:sts::{lab}:federated-user/guest"),
    )
    assert (await federated(world, careful)).arn.endswith("/guest")
    with pytest.raises(Refused):
        await federated(world, careful, "boss")
    with pytest.raises(Refused, match="sts:TagSession"):
        await federated(world, careful, tags=(("team", "x"),))
    with pytest.raises(Refused):
        await federated(world, await world.user(lab, "nobody"))


async def test_tags_of_somebody_vouched_for(world, lab):
    alice = await world.user(lab, "alice", ANYTHING, tags={"team": "radio", "room": "7"})
    guest = await federated(world, alice, tags=(("Team", "optics"),))
    assert guest.keys["aws:principaltag/team"] == "optics"
    assert guest.keys["aws:principaltag/room"] == "7"


# ------------------------------------------------------------------ the portal


async def test_the_portal_acts_as_the_user_and_nothing_more(world, lab):
    alice = await world.user(lab, "alice", allow("s3:*", "iam:CreateAccessKey"))
    issued = await world.sessions.for_user(lab, "alice", 3600)
    session = await world.principal(issued.access_key_id)
    assert session.arn == alice.arn
    assert may(session, "iam:CreateAccessKey")
    assert not may(session, "dynamodb:GetItem")
    assert session.keys["aws:multifactorauthpresent"] == "false"
    given = await world.sessions.for_user(
        lab, "alice", 3600, mfa_time=int((world.clock() - 60) * 1000)
    )
    session = await world.principal(given.access_key_id)
    assert session.keys["aws:multifactorauthpresent"] == "true"
    assert session.keys["aws:multifactorauthage"] == "60"
    with pytest.raises(EntityNotFound):
        await world.sessions.for_user(lab, "nobody", 3600)
    with pytest.raises(NotForSessions):
        await world.sessions.session_token(session)


async def test_a_permissions_boundary_bounds_every_session(world, lab):
    limit = await world.identities.policies.create(lab, "limit", document(allow("s3:Get*")))
    alice = await world.user(lab, "alice", ANYTHING)
    await world.identities.attachments.bound(USERS, lab, "alice", limit.arn)
    alice = await world.principal(alice.access_key_id)
    assert not may(alice, "s3:PutObject")
    portal = await world.sessions.for_user(lab, "alice", 900)
    for session in (await token(world, alice), await world.principal(portal.access_key_id)):
        assert may(session, "s3:GetObject")
        assert not may(session, "s3:PutObject")
