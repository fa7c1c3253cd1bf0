"""The evaluator: the rules one by one, what the principal is told, and what it costs."""

import json
import time

import pytest
from msgspec.structs import replace

from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.policies.authority import ROOT_AUTHORITY, Authority
from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Access, asked_keys, decide
from lenticular.primitives.principals import ANONYMOUS, Principal

OURS, THEIRS = "111111111111", "222222222222"
USER = f"arn:aws:iam::{OURS}:user/team/ana"
ROLE = f"arn:aws:iam::{OURS}:role/lab"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/lab/run"
OBJECT = "arn:aws:s3:::data/x"

ROOT = Principal(OURS, f"arn:aws:iam::{OURS}:root", OURS, "a" * 64, authority=ROOT_AUTHORITY)


def policy(effect="Allow", action="s3:GetObject", resource="*", kind="identity", **more):
    statement = {"Effect": effect, "Action": action} | more
    if kind != "trust":
        statement["Resource"] = resource
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return parse(document, f"{kind} policy", kind)


def user(*identity, boundary=None, session=None, **more):
    authority = Authority(identity, boundary, session)
    return Principal(OURS, USER, "AIDA", "a" * 64, kind="user", authority=authority, **more)


def role(*identity, boundary=None, session=None, **more):
    made = user(*identity, boundary=boundary, session=session, **more)
    return replace(made, arn=SESSION, issuer_arn=ROLE, kind="role", user_id="AROA:run")


def asked(principal, resource_policy=None, *, account=OURS, action="s3:GetObject", **more):
    return decide(
        Access(principal, action, OBJECT, account, resource_policy=resource_policy, **more)
    )


def on_bucket(principal, effect="Allow", **more):
    return policy(effect, kind="resource", Principal=principal, **more)


ALLOWED = policy()
ELSEWHERE = policy(resource="arn:aws:s3:::other/*")
DENIED = policy("Deny")


def test_nothing_is_allowed_to_begin_with():
    decision = asked(user())
    assert (decision.allowed, decision.cause, decision.statements) == (False, "implicit", ())


def test_a_statement_allows_and_is_named():
    decision = asked(user(ELSEWHERE, ALLOWED))
    assert decision.allowed
    assert [each.label for each in decision.statements] == ["statement 1 of identity policy"]


def test_actions_are_the_same_in_any_case():
    assert asked(user(policy(action="S3:getobject"))).allowed


@pytest.mark.parametrize(
    ("principal", "told"),
    [
        (user(), "because no identity-based policy allows the s3:GetObject action"),
        (
            user(ALLOWED, boundary=ELSEWHERE),
            "because no permissions boundary allows the s3:GetObject action",
        ),
        (
            user(ALLOWED, session=(ELSEWHERE,)),
            "because no session policy allows the s3:GetObject action",
        ),
        (user(ALLOWED, DENIED), "with an explicit deny in an identity-based policy"),
        (user(ALLOWED, boundary=DENIED), "with an explicit deny in a permissions boundary"),
        (user(ALLOWED, session=(ALLOWED, DENIED)), "with an explicit deny in a session policy"),
    ],
)
def test_who_may_not_is_told_so_in_the_words_of_iam(principal, told):
    decision = asked(principal)
    assert not decision.allowed
    assert decision.message == (
        f"User: {USER} is not authorized to perform: s3:GetObject on resource: {OBJECT} {told}"
    )


def test_what_has_no_resource_names_none():
    decision = decide(Access(user(), "s3:ListAllMyBuckets", "*", OURS))
    assert decision.message == (
        f"User: {USER} is not authorized to perform: s3:ListAllMyBuckets because no "
        f"identity-based policy allows the s3:ListAllMyBuckets action"
    )


def test_a_denial_by_the_resource_is_told_in_its_own_account_only():
    denying = on_bucket("*", "Deny")
    assert asked(user(ALLOWED), denying).message.endswith(
        "with an explicit deny in a resource-based policy"
    )
    elsewhere = asked(user(ALLOWED), denying, account=THEIRS)
    assert elsewhere.cause == "explicit"
    assert elsewhere.message.endswith(f"on resource: {OBJECT}")
    assert elsewhere.message == asked(user(ALLOWED), account=THEIRS).message
    assert asked(ANONYMOUS).message == (
        f"User: anonymous is not authorized to perform: s3:GetObject on resource: {OBJECT}"
    )


def test_a_root_identity_may_do_all_in_its_account_but_what_the_resource_denies():
    assert asked(ROOT).allowed
    assert not asked(ROOT, account=THEIRS).allowed
    assert not asked(ROOT, on_bucket({"AWS": OURS}, "Deny")).allowed
    assert asked(ROOT, on_bucket({"AWS": OURS}), account=THEIRS).allowed
    limited = replace(ROOT, authority=Authority(unlimited=True, session=(ELSEWHERE,)))
    assert not asked(limited).allowed


@pytest.mark.parametrize(
    ("principal", "named", "allowed"),
    [
        # "Resource-based policies that grant permissions to an IAM user ARN are not limited by
        # an implicit deny in an identity-based policy or permissions boundary."
        (user(boundary=ELSEWHERE), {"AWS": USER}, True),
        (user(boundary=ELSEWHERE), "*", True),
        # An account must hand it on by its own policies.
        (user(), {"AWS": OURS}, False),
        (user(ALLOWED), {"AWS": OURS}, True),
        # A session that is named itself is not limited, one whose role is named is.
        (role(boundary=ELSEWHERE, session=(ELSEWHERE,)), {"AWS": SESSION}, True),
        (role(), {"AWS": ROLE}, True),
        (role(boundary=ELSEWHERE), {"AWS": ROLE}, False),
        (role(session=(ELSEWHERE,)), {"AWS": ROLE}, False),
        (role(boundary=ALLOWED, session=(ALLOWED,)), {"AWS": ROLE}, True),
        # Another's session is nobody that was named.
        (role(), {"AWS": SESSION.replace("run", "other")}, False),
    ],
)
def test_what_a_resource_allows_in_its_own_account(principal, named, allowed):
    assert asked(principal, on_bucket(named)).allowed is allowed


@pytest.mark.parametrize("named", [{"AWS": USER}, {"AWS": OURS}, "*", {"CanonicalUser": "a" * 64}])
def test_across_accounts_both_sides_must_allow(named):
    bucket = on_bucket(named)
    assert asked(user(ALLOWED), bucket, account=THEIRS).allowed
    assert not asked(user(), bucket, account=THEIRS).allowed
    assert not asked(user(ALLOWED), account=THEIRS).allowed
    assert not asked(user(ALLOWED, boundary=ELSEWHERE), bucket, account=THEIRS).allowed


def test_grants_count_as_what_the_resource_allows():
    assert asked(ANONYMOUS, granted=True).allowed
    assert asked(user(), granted=True).allowed
    assert not asked(user(), granted=True, account=THEIRS).allowed
    assert asked(user(ALLOWED), granted=True, account=THEIRS).allowed
    assert not asked(ANONYMOUS, on_bucket("*", "Deny"), granted=True).allowed


def test_nobody_needs_a_policy_that_names_everybody():
    assert asked(ANONYMOUS, on_bucket("*")).allowed
    assert asked(ANONYMOUS, on_bucket({"AWS": "*"})).allowed
    assert not asked(ANONYMOUS, on_bucket({"AWS": OURS})).allowed
    assert not decide(Access(ANONYMOUS, "s3:GetObject", OBJECT, "")).allowed


def test_services_and_federated_callers_are_known_by_their_keys():
    service = replace(ANONYMOUS, keys={"aws:principalservicename": "s3.amazonaws.com"})
    assert asked(service, on_bucket({"Service": "s3.amazonaws.com"})).allowed
    assert not asked(service, on_bucket({"Service": "sns.amazonaws.com"})).allowed
    by_service = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
    assert asked(service, on_bucket("*", Condition=by_service)).allowed
    assert not asked(ANONYMOUS, on_bucket("*", Condition=by_service)).allowed
    issuer = f"arn:aws:iam::{OURS}:oidc-provider/id.example.org"
    vouched = replace(ANONYMOUS, keys={"aws:federatedprovider": issuer})
    assert asked(vouched, on_bucket({"Federated": issuer})).allowed
    assert not asked(ANONYMOUS, on_bucket({"Federated": issuer})).allowed


def test_people_and_groups_are_principals():
    person, group = f"{1:08}-0000-0000-0000-{1:012}", f"{2:08}-0000-0000-0000-{2:012}"
    ana = user(identity_id=person, keys={"globus:groups": (group,)})
    assert asked(ana, on_bucket({"Globus": f"urn:globus:auth:identity:{person}"})).allowed
    assert asked(ana, on_bucket({"Globus": f"urn:globus:groups:id:{group}"})).allowed
    assert not asked(ana, on_bucket({"Globus": f"urn:globus:groups:id:{person}"})).allowed
    assert not asked(user(), on_bucket({"Globus": f"urn:globus:groups:id:{group}"})).allowed


def test_not_principal_spares_who_is_listed_with_all_that_they_are():
    def sparing(*arns):
        return policy("Deny", kind="resource", NotPrincipal={"AWS": [*arns]})

    assert asked(user(ALLOWED), sparing(OURS, USER)).allowed
    assert not asked(user(ALLOWED), sparing(USER)).allowed
    assert not asked(user(ALLOWED), sparing(OURS)).allowed
    assert asked(role(ALLOWED), sparing(OURS, ROLE, SESSION)).allowed
    assert not asked(role(ALLOWED), sparing(OURS, ROLE)).allowed
    assert asked(ROOT, sparing(OURS)).allowed


def test_a_trust_policy_must_allow_it_in_any_case():
    def assumed(principal, named, account=OURS):
        trust = policy(kind="trust", action="sts:AssumeRole", Principal={"AWS": named})
        return decide(Access(principal, "sts:AssumeRole", ROLE, account, resource_policy=trust))

    may = policy(action="sts:AssumeRole")
    assert not assumed(user(may), THEIRS).allowed
    assert assumed(user(may), THEIRS).message.endswith(
        "because no role trust policy allows the sts:AssumeRole action"
    )
    denying = policy("Deny", "sts:AssumeRole", kind="trust", Principal="*")
    denied = decide(Access(ROOT, "sts:AssumeRole", ROLE, OURS, resource_policy=denying))
    assert denied.message.endswith("with an explicit deny in the role trust policy")
    assert assumed(user(), USER).allowed
    assert assumed(user(may), OURS).allowed
    assert not assumed(user(), OURS).allowed
    assert not assumed(user(), USER, THEIRS).allowed
    assert assumed(user(may), USER, THEIRS).allowed


@pytest.mark.parametrize(
    ("condition", "principal"),
    [
        ({"StringEquals": {"aws:PrincipalArn": USER}}, user()),
        ({"StringEquals": {"aws:PrincipalArn": ROLE}}, role()),
        ({"StringEquals": {"aws:principalaccount": OURS}}, user()),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, user()),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, role()),
        ({"StringEquals": {"aws:PrincipalType": "Anonymous"}}, ANONYMOUS),
        ({"StringEquals": {"aws:userid": "AROA:run"}}, role()),
        ({"StringEquals": {"aws:username": "ana"}}, user()),
        ({"Null": {"aws:username": "true"}}, role()),
        ({"Null": {"aws:PrincipalArn": "true"}}, ANONYMOUS),
        ({"StringEquals": {"aws:ResourceAccount": OURS}}, user()),
        ({"Bool": {"aws:ViaAWSService": "false"}}, user()),
        ({"StringEquals": {"s3:prefix": "x"}}, user()),
        (
            {"StringEquals": {"aws:PrincipalTag/Team": "bio"}},
            user(keys={"aws:principaltag/team": "bio"}),
        ),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, user()),
        ({"Bool": {"aws:SecureTransport": "true"}}, user()),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}}, user()),
        ({"NumericGreaterThan": {"aws:EpochTime": "1767225600"}}, user()),
        ({"StringEquals": {"aws:RequestedRegion": "lab-1"}}, user()),
        ({"StringLike": {"aws:UserAgent": "Boto3/*"}}, user()),
    ],
)
def test_condition_keys(condition, principal):
    request = Circumstances(1_780_000_000.0, "192.0.2.7", True, "Boto3/1.40", "", "lab-1")
    bucket = on_bucket("*", Condition=condition)
    assert asked(principal.under(request), bucket, keys={"s3:prefix": "x"}).allowed
    negated = on_bucket("*", "Deny", Condition=condition)
    assert not asked(
        principal.under(request), negated, granted=True, keys={"s3:prefix": "x"}
    ).allowed


def test_what_was_asked_is_remembered_for_some_actions_only():
    ana = user(policy(action="*"))
    for number in range(3000):
        assert asked(ana, action=f"s3:Action{number}").allowed
    assert len(ana.authority.relevant) <= 1000


@pytest.mark.parametrize("pattern", ["*a" * 300 + "*b", "?*" * 300 + "b", "*:" * 200 + "b*a"])
def test_a_policy_made_to_be_slow_is_not(pattern):
    """A pattern with many stars against a long key of the same letters, in any place."""
    key = "arn:aws:s3:::data/" + "a" * 1000
    slow = user(
        policy(
            "Deny",
            resource=f"arn:aws:s3:::{pattern}",
            Condition={"StringLike": {"aws:x": pattern}, "ArnLike": {"aws:x": pattern}},
        ),
        policy("Deny", resource=f"arn:*:*{pattern}"),
    )
    began = time.process_time()
    assert not decide(Access(slow, "s3:GetObject", key, OURS, {"aws:x": key})).allowed
    assert time.process_time() - began < 1


def test_an_answer_depends_on_the_keys_that_its_statements_ask_for():
    of_own = policy(
        resource="arn:aws:s3:::data/${aws:PrincipalTag/team}/*",
        Condition={"StringLike": {"s3:prefix": "${aws:username}/${*}"}},
    )
    of_others = policy(action="s3:PutObject", Condition={"Bool": {"aws:SecureTransport": True}})
    limit = policy("Deny", Condition={"Null": {"aws:TokenIssueTime": True}})
    authority = Authority((of_own, of_others), boundary=limit)
    assert asked_keys(authority, "s3:GetObject") == {
        *("aws:principaltag/team", "aws:tokenissuetime", "aws:username", "s3:prefix")
    }
    assert asked_keys(authority, "s3:PutObject") == {"aws:securetransport"}
    assert asked_keys(authority, "s3:DeleteObject") == set()


def test_a_policy_of_the_older_version_has_no_variables():
    document = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::${aws:username}",
    }
    old = parse(json.dumps({"Statement": document}), "old", "identity")
    assert asked_keys(Authority((old,)), "s3:GetObject") == set()
