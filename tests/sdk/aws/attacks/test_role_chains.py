"""Chains of roles: each link is checked by itself, and none gives more than it has."""

import json

import pytest

from ..statements import allow, document, trusting

TAGGING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


@pytest.fixture
def take(aws, as_session):
    """Takes a role, as a user or as a session; returns the credentials."""

    def assume(caller, arn, **options):
        sts = as_session("sts", caller) if isinstance(caller, dict) else aws("sts", caller)
        return sts.assume_role(RoleArn=arn, RoleSessionName="link", **options)

    return assume


@pytest.fixture
def chain(make_user, make_role):
    """Somebody, and three roles of which each may take the next and no other."""
    alice = make_user(allow(*TAGGING))
    first = make_role(trusting({"AWS": alice.arn}, *TAGGING), allow(*TAGGING))
    second = make_role(trusting({"AWS": first}, *TAGGING), allow(*TAGGING))
    third = make_role(trusting({"AWS": second}, *TAGGING), allow("s3:*"))
    return alice, first, second, third


def test_no_link_is_left_out(chain, take, refused):
    alice, first, second, third = chain
    for arn in (second, third):
        assert refused(take, caller=alice, arn=arn)[0] == "AccessDenied"
    one = take(alice, first)
    assert refused(take, caller=one, arn=third)[0] == "AccessDenied"
    two = take(one, second)
    take(two, third)


def test_no_way_back(chain, take, refused):
    """A session is not the user that began it."""
    alice, first, second, _ = chain
    one = take(alice, first)
    assert refused(take, caller=one, arn=first)[0] == "AccessDenied"
    assert refused(take, caller=take(one, second), arn=first)[0] == "AccessDenied"


def test_a_chain_cannot_be_stretched_in_time(chain, take, refused, iam):
    alice, first, second, _ = chain
    iam.update_role(RoleName=second.rpartition("/")[2], MaxSessionDuration=43_200)
    one = take(alice, first)
    code, message = refused(take, caller=one, arn=second, DurationSeconds=3601)
    assert code == "ValidationError"
    assert "1 hour session limit for roles assumed by role chaining" in message


def test_a_session_policy_is_not_shed_by_the_next_link(chain, take, refused):
    alice, first, second, _ = chain
    only_s3 = json.dumps(document(allow("s3:*")))
    one = take(alice, first, Policy=only_s3)
    assert refused(take, caller=one, arn=second)[0] == "AccessDenied"


def test_who_it_was_is_not_forgotten(chain, take, refused, as_session):
    alice, first, second, third = chain
    one = take(
        alice,
        first,
        SourceIdentity="alice",
        Tags=[{"Key": "grant", "Value": "x1"}],
        TransitiveTagKeys=["grant"],
    )
    two = take(one, second)
    assert two["SourceIdentity"] == "alice"
    for options in (
        {"SourceIdentity": "bob"},
        {"Tags": [{"Key": "Grant", "Value": "x2"}]},
    ):
        assert refused(take, caller=two, arn=third, **options)[0] == "ValidationError"
    assert take(two, third)["SourceIdentity"] == "alice"


def test_a_trust_policy_of_one_session_is_for_that_one(make_user, make_role, take, refused, cloud):
    account_id = cloud.credentials.account_id
    alice = make_user(allow("sts:AssumeRole"))
    first = make_role(trusting({"AWS": account_id}), allow("sts:AssumeRole"))
    name = first.rpartition("/")[2]
    one = f"arn:aws:sts::{account_id}:assumed-role/{name}/somebody-else"
    second = make_role(trusting({"AWS": one}))
    assert refused(take, caller=take(alice, first), arn=second)[0] == "AccessDenied"


def test_a_role_of_another_account_by_way_of_one_s_own(
    aws, other, make_user, make_role, take, refused, cloud
):
    """What the partner trusts is the role, not the account that it is in."""
    account_id = cloud.credentials.account_id
    alice = make_user(allow("sts:AssumeRole"))
    bridge = make_role(trusting({"AWS": account_id}), allow("sts:AssumeRole"))
    dead_end = make_role(trusting({"AWS": account_id}), allow("s3:*"))
    theirs = make_role(trusting({"AWS": [bridge, dead_end]}), credentials=other)
    assert refused(take, caller=alice, arn=theirs)[0] == "AccessDenied"
    assert refused(take, caller=take(alice, dead_end), arn=theirs)[0] == "AccessDenied"
    end = take(take(alice, bridge), theirs)
    assert end["AssumedRoleUser"]["Arn"].split(":")[4] == other.account_id
