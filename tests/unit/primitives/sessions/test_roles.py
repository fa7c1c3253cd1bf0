"""Taking roles: whom a trust policy lets, what is passed on, and how long it lasts."""

import pytest
from msgspec.structs import replace

from lenticular.primitives.identities import ROLES
from lenticular.primitives.principals import ANONYMOUS
from lenticular.primitives.sessions import (
    Passed,
    Refused,
    RequestInvalid,
    RoleRequest,
    WebIdentity,
)

from .conftest import allow, document, may, trust

ASSUME = allow("sts:AssumeRole")


async def refused(world, caller, arn, **options):
    with pytest.raises(Refused) as caught:
        await world.assume(caller, arn, **options)
    return caught.value


# ------------------------------------------------------------------ who is trusted


async def test_a_session_has_the_rights_of_the_role_and_not_those_of_its_caller(world, lab):
    alice = await world.user(lab, "alice", ASSUME, allow("s3:*"))
    arn = await world.role(lab, "reader", trust({"AWS": lab}), allow("dynamodb:GetItem"))
    issued = await world.assume(alice, arn)
    assert issued.arn == f"arn:aws:sts::{lab}:assumed-role/reader/work"
    session = await world.principal(issued.access_key_id)
    assert (session.arn, session.user_id) == (issued.arn, issued.user_id)
    assert session.user_id.startswith("AROA")
    assert session.user_id.endswith(":work")
    assert (session.kind, session.issuer_arn, session.account_id) == ("role", arn, lab)
    assert session.identity_id == ""
    assert may(session, "dynamodb:GetItem")
    assert not may(session, "s3:GetObject")


async def test_in_its_account_a_trust_policy_that_names_the_caller_is_enough(world, lab):
    alice = await world.user(lab, "alice")
    assert not may(alice, "sts:AssumeRole")
    await world.assume(alice, await world.role(lab, "direct", trust({"AWS": alice.arn})))
    delegated = await world.role(lab, "delegated", trust({"AWS": lab}))
    error = await refused(world, alice, delegated)
    assert "no identity-based policy allows the sts:AssumeRole action" in str(error)


async def test_from_another_account_both_must_allow(world, lab, partner):
    alice = await world.user(partner, "alice", ASSUME)
    bob = await world.user(partner, "bob")
    for name, trusted in (("by-account", partner), ("by-name", bob.arn)):
        arn = await world.role(lab, name, trust({"AWS": [trusted, alice.arn]}))
        issued = await world.assume(alice, arn)
        assert (await world.principal(issued.access_key_id)).account_id == lab
        await refused(world, bob, arn)
    await refused(world, alice, await world.role(lab, "own", trust({"AWS": lab})))


async def test_an_identity_policy_alone_opens_no_role(world, lab):
    admin = await world.user(lab, "admin", allow("*"))
    arn = await world.role(lab, "for-lambda", trust({"Service": "lambda.amazonaws.com"}))
    error = await refused(world, admin, arn)
    assert str(error).endswith("no role trust policy allows the sts:AssumeRole action")


async def test_a_deny_on_either_side_counts(world, lab):
    denied = await world.user(lab, "denied", {**allow("sts:*"), "Effect": "Deny"})
    arn = await world.role(lab, "open", trust({"AWS": [denied.arn, lab]}))
    await refused(world, denied, arn)
    alice = await world.user(lab, "alice", ASSUME)
    deny = {"Effect": "Deny", "Principal": {"AWS": alice.arn}, "Action": "sts:AssumeRole"}
    closed = document({"Effect": "Allow", "Principal": {"AWS": lab}, "Action": "sts:*"}, deny)
    await refused(world, alice, await world.role(lab, "closed", closed))


async def test_a_root_identity_takes_no_role(world, lab, partner):
    for account_id in (lab, partner):
        root = await world.root(account_id)
        name = f"role-{account_id}"
        await refused(world, root, await world.role(lab, name, trust({"AWS": account_id})))


async def test_a_role_that_is_not_there_is_refused_in_the_same_words(world, lab, partner):
    alice = await world.user(lab, "alice", ASSUME)
    for account_id in (lab, partner, "999999999999"):
        missing = f"arn:aws:iam::{account_id}:role/secret"
        told = str(await refused(world, alice, missing))
        if account_id == "999999999999":
            continue
        made = await world.role(account_id, "secret", trust({"Service": "x.amazonaws.com"}))
        assert made == missing
        assert str(await refused(world, alice, made)) == told


async def test_a_role_is_found_by_its_whole_arn(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "deep", trust({"AWS": lab}), path="/a/b/")
    assert arn == f"arn:aws:iam::{lab}:role/a/b/deep"
    issued = await world.assume(alice, arn)
    assert issued.arn == f"arn:aws:sts::{lab}:assumed-role/deep/work"
    for wrong in (f"arn:aws:iam::{lab}:role/deep", f"arn:aws:iam::{lab}:role/a/deep"):
        await refused(world, alice, wrong)


@pytest.mark.parametrize(
    "arn",
    [
        "role/reader",
        "arn:aws:iam::123456789012:user/reader",
        "arn:aws:iam::12345678901:role/reader",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/a b",
        "arn:aws:iam::123456789012:role/reader\n",
        "arn:aws:sts::123456789012:assumed-role/reader/x",
    ],
)
async def test_what_is_no_role(world, lab, arn):
    with pytest.raises(RequestInvalid, match="expected the ARN of a role"):
        await world.assume(await world.user(lab, "alice", ASSUME), arn)


@pytest.mark.parametrize("name", ["", "x", "a/b", "a b", "x" * 65, "a:b", "tab\t", "ünicode"])
async def test_what_is_no_name_of_a_session(world, lab, name):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "reader", trust({"AWS": lab}))
    with pytest.raises(RequestInvalid, match="name of a session"):
        await world.assume(alice, arn, name=name)


# ------------------------------------------------------------------ conditions


async def test_conditions_see_the_request(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    condition = {
        "StringEquals": {"sts:RoleSessionName": "${aws:username}", "sts:ExternalId": "k-7"},
        "NumericLessThan": {"sts:DurationSeconds": 2000},
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
    }
    arn = await world.role(lab, "strict", trust({"AWS": lab}, Condition=condition))
    await world.assume(alice, arn, name="alice", seconds=900, external_id="k-7")
    await refused(world, alice, arn, name="alice", seconds=900)
    await refused(world, alice, arn, name="alice", seconds=900, external_id="k-8")
    await refused(world, alice, arn, name="bob", seconds=900, external_id="k-7")
    await refused(world, alice, arn, name="alice", seconds=3000, external_id="k-7")


async def test_the_role_s_tags_count_for_whoever_assumes_it(world, lab):
    condition = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    alice = await world.user(
        lab, "alice", {**ASSUME, "Condition": condition}, tags={"team": "radio"}
    )
    own = await world.role(lab, "own", trust({"AWS": lab}), tags={"team": "radio"})
    other = await world.role(lab, "other", trust({"AWS": lab}), tags={"team": "optics"})
    await world.assume(alice, own)
    await refused(world, alice, other)


# ------------------------------------------------------------------ session policies


async def test_a_session_policy_limits_and_never_widens(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "worker", trust({"AWS": lab}), allow("s3:*"))
    narrow = await world.assumed(alice, arn, policy=document(allow("s3:GetObject", "iam:*")))
    assert may(narrow, "s3:GetObject")
    assert not may(narrow, "s3:PutObject")
    assert not may(narrow, "iam:CreateUser")


async def test_managed_session_policies_are_those_of_now(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "worker", trust({"AWS": lab}), allow("*"))
    policies = world.identities.policies
    made = await policies.create(lab, "limit", document(allow("s3:GetObject")))
    issued = await world.assume(alice, arn, Passed(policy_arns=(made.arn,)))
    assert issued.packed_percent > 0
    session = await world.principal(issued.access_key_id)
    assert may(session, "s3:GetObject")
    assert not may(session, "s3:PutObject")
    await policies.add_version(lab, made.arn, document(allow("s3:PutObject")), default=True)
    session = await world.principal(issued.access_key_id)
    assert may(session, "s3:PutObject")
    assert not may(session, "s3:GetObject")
    await policies.delete_version(lab, made.arn, 1)
    await policies.delete(lab, made.arn)
    assert await world.principal(issued.access_key_id) is None


async def test_managed_session_policies_are_of_the_role_s_account(world, lab, partner):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "worker", trust({"AWS": lab}), allow("*"))
    foreign = await world.identities.policies.create(partner, "limit", document(allow("s3:*")))
    for policy_arn in (foreign.arn, f"arn:aws:iam::{lab}:policy/nothing", "nonsense"):
        with pytest.raises(RequestInvalid, match="is not there"):
            await world.assume(alice, arn, Passed(policy_arns=(policy_arn,)))


# ------------------------------------------------------------------ tags and source identity


async def test_session_tags_count_before_the_role_s(world, lab):
    alice = await world.user(lab, "alice", allow("sts:AssumeRole", "sts:TagSession"))
    arn = await world.role(
        lab,
        "worker",
        trust({"AWS": lab}, "sts:AssumeRole", "sts:TagSession"),
        tags={"Team": "radio", "room": "7"},
    )
    session = await world.assumed(alice, arn, tags=(("team", "optics"), ("Run", "12")))
    keys = session.keys
    assert keys["aws:principaltag/team"] == "optics"
    assert keys["aws:principaltag/room"] == "7"
    assert keys["aws:principaltag/run"] == "12"


async def test_tags_and_source_identity_need_their_own_permissions(world, lab):
    careful = await world.user(lab, "careful", ASSUME)
    trusting = trust({"AWS": lab}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    arn = await world.role(lab, "worker", trusting)
    for passed, action in (
        (Passed(tags=(("team", "x"),)), "sts:TagSession"),
        (Passed(source_identity="alice"), "sts:SetSourceIdentity"),
    ):
        assert action in str(await refused(world, careful, arn, passed=passed))
        able = await world.user(lab, f"able-{action[4:]}", allow("sts:AssumeRole", action))
        await world.assume(able, arn, passed)
        strict = await world.role(lab, f"strict-{action[4:]}", trust({"AWS": lab}))
        assert action in str(await refused(world, able, strict, passed=passed))


async def test_tags_in_the_request_can_be_demanded(world, lab):
    alice = await world.user(lab, "alice", allow("sts:AssumeRole", "sts:TagSession"))
    condition = {
        "StringEquals": {"aws:RequestTag/team": "radio"},
        "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"]},
    }
    arn = await world.role(
        lab, "worker", trust({"AWS": lab}, "sts:AssumeRole", "sts:TagSession", Condition=condition)
    )
    right = Passed(tags=(("team", "radio"),), transitive=("team",))
    await world.assume(alice, arn, right)
    await refused(world, alice, arn, passed=Passed(tags=(("team", "optics"),)))
    more = Passed(tags=(("team", "radio"), ("x", "1")), transitive=("team", "x"))
    await refused(world, alice, arn, passed=more)
    await refused(world, alice, arn)


# ------------------------------------------------------------------ chains


async def chain(world, lab, *, first=(), second=(), **options):
    """Make two roles, of which the first may take the second; return alice and both."""
    actions = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    alice = await world.user(lab, "alice", allow(*actions))
    one = await world.role(lab, "one", trust({"AWS": lab}, *actions), allow(*actions, *first))
    two = await world.role(
        lab, "two", trust({"AWS": one}, *actions), allow("s3:*", *second), **options
    )
    return alice, one, two


async def test_a_chain_lasts_an_hour_at_most(world, lab):
    alice, one, two = await chain(world, lab, max_session_duration=43_200)
    await refused(world, alice, two)
    middle = await world.assumed(alice, one)
    issued = await world.assume(middle, two, seconds=3600)
    assert issued.expires == int((world.clock() + 3600) * 1000)
    with pytest.raises(RequestInvalid, match="1 hour session limit for roles assumed by role"):
        await world.assume(middle, two, seconds=3601)
    end = await world.principal(issued.access_key_id)
    assert may(end, "s3:GetObject")
    assert not may(end, "sts:AssumeRole", one)


async def test_transitive_tags_and_the_source_identity_go_on(world, lab):
    alice, one, two = await chain(world, lab)
    passed = Passed(
        tags=(("Team", "radio"), ("room", "7")), transitive=("team",), source_identity="alice"
    )
    issued = await world.assume(alice, one, passed)
    assert issued.source_identity == "alice"
    middle = await world.principal(issued.access_key_id)
    assert middle.keys["aws:sourceidentity"] == "alice"
    end = await world.assumed(middle, two)
    assert end.keys["aws:principaltag/team"] == "radio"
    assert "aws:principaltag/room" not in end.keys
    assert end.keys["aws:sourceidentity"] == "alice"
    with pytest.raises(RequestInvalid, match="conflicts with a transitive tag key"):
        await world.assume(middle, two, Passed(tags=(("TEAM", "optics"),)))
    with pytest.raises(RequestInvalid, match=r"source identity .* cannot be changed"):
        await world.assume(middle, two, Passed(source_identity="bob"))
    again = await world.assume(middle, two, Passed(source_identity="alice"))
    assert again.source_identity == "alice"


async def test_what_goes_on_needs_permission_there_too(world, lab):
    alice, one, _ = await chain(world, lab)
    plain = await world.role(lab, "plain", trust({"AWS": one}))
    middle = await world.assumed(alice, one, source_identity="alice")
    assert "sts:SetSourceIdentity" in str(await refused(world, middle, plain))
    tagged = await world.assumed(alice, one, tags=(("team", "x"),), transitive=("team",))
    assert "sts:TagSession" in str(await refused(world, tagged, plain))


async def test_a_session_policy_limits_the_next_link(world, lab):
    alice, one, two = await chain(world, lab)
    limited = await world.assumed(alice, one, policy=document(allow("s3:*")))
    await refused(world, limited, two)


# ------------------------------------------------------------------ how long


async def test_how_long_a_session_lasts(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "long", trust({"AWS": lab}), max_session_duration=7200)
    begun = int(world.clock() * 1000)
    assert (await world.assume(alice, arn)).expires == begun + 3_600_000
    assert (await world.assume(alice, arn, seconds=7200)).expires == begun + 7_200_000
    with pytest.raises(RequestInvalid, match="exceeds the MaxSessionDuration"):
        await world.assume(alice, arn, seconds=7201)
    with pytest.raises(RequestInvalid, match="less than 900"):
        await world.assume(alice, arn, seconds=899)


async def test_how_long_is_told_only_to_those_who_may(world, lab):
    stranger = await world.user(lab, "stranger")
    arn = await world.role(lab, "long", trust({"AWS": lab}))
    await refused(world, stranger, arn, seconds=43_200)


# ------------------------------------------------------------------ services and web identities


async def test_a_service_takes_the_roles_that_trust_it(world, lab, partner):
    service = "lambda.amazonaws.com"
    condition = {"StringEquals": {"aws:SourceAccount": lab}}
    arn = await world.role(
        lab, "function", trust({"Service": service}, Condition=condition), allow("s3:*")
    )
    request = RoleRequest(arn, "invocation")
    sessions = world.sessions
    issued = await sessions.for_service(service, request, source_account=lab, source_arn="arn:x")
    assert may(await world.principal(issued.access_key_id), "s3:GetObject")
    for other, account_id in (
        ("ec2.amazonaws.com", lab),
        (service, partner),
        (service, ""),
    ):
        with pytest.raises(Refused):
            await sessions.for_service(other, request, source_account=account_id)
    open_to_account = await world.role(lab, "people", trust({"AWS": lab}))
    with pytest.raises(Refused):
        await sessions.for_service(service, RoleRequest(open_to_account, "invocation"))


async def test_web_identities(world, lab, partner):
    oidc = world.identities.oidc
    provider = await oidc.create(lab, "login.example.org/Lab", ["telescope"])
    condition = {
        "StringEquals": {
            "login.example.org/Lab:aud": "telescope",
            "login.example.org/Lab:sub": "alice",
        },
        "ForAnyValue:StringEquals": {"login.example.org/Lab:amr": "otp"},
    }
    action = "sts:AssumeRoleWithWebIdentity"
    actions = (action, "sts:TagSession", "sts:SetSourceIdentity")
    trusting = trust({"Federated": provider.arn}, *actions, Condition=condition)
    own = "arn:aws:s3:::b/${login.example.org/Lab:sub}/*"
    arn = await world.role(lab, "web", trusting, allow("s3:GetObject", resource=own))
    alice = WebIdentity("https://login.example.org/Lab", "alice", "telescope", ("pwd", "otp"))

    async def assume(identity, role=arn, known=provider):
        request = RoleRequest(role, "browser")
        return await world.sessions.assume_role_as_web_identity(identity, known, request)

    issued = await assume(
        alice._replace(source_identity="alice", tags=(("team", "radio"),), transitive=("team",))
    )
    session = await world.principal(issued.access_key_id)
    assert session.keys["aws:federatedprovider"] == provider.arn
    assert session.keys["aws:sourceidentity"] == "alice"
    assert session.keys["aws:principaltag/team"] == "radio"
    assert may(session, "s3:GetObject", "arn:aws:s3:::b/alice/x")
    assert not may(session, "s3:GetObject", "arn:aws:s3:::b/bob/x")
    for other in (
        alice._replace(subject="bob"),
        alice._replace(audience="radio"),
        alice._replace(methods=("pwd",)),
        alice._replace(methods=()),
    ):
        with pytest.raises(Refused):
            await assume(other)
    people = await world.role(lab, "people", trust({"AWS": lab}))
    with pytest.raises(Refused):
        await assume(alice, people)
    elsewhere = await oidc.create(partner, "login.example.org/Lab", ["telescope"])
    with pytest.raises(RequestInvalid, match="not of the role's account"):
        await assume(alice, arn, elsewhere)


async def test_nobody_takes_no_role(world, lab):
    arn = await world.role(lab, "open", trust({"AWS": lab}))
    await refused(world, ANONYMOUS, arn)
    await refused(world, replace(ANONYMOUS, user_id="AROAX"), arn)


async def test_who_is_in_a_role_may_lose_it(world, lab):
    alice = await world.user(lab, "alice", ASSUME)
    arn = await world.role(lab, "worker", trust({"AWS": lab}), allow("s3:*"))
    issued = await world.assume(alice, arn)
    await world.identities.inline_policies.put(
        ROLES, lab, "worker", "own", document(allow("s3:GetObject"))
    )
    session = await world.principal(issued.access_key_id)
    assert may(session, "s3:GetObject")
    assert not may(session, "s3:PutObject")
