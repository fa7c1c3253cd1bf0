"""Bindings: a policy names the users and roles that were there when it was saved."""

import json

import pytest
from msgspec.structs import replace

from lenticular.primitives.policies.bindings import named_entities, renamed
from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.principals import Principal

LAB, OTHER = "111111111111", "222222222222"
BOB, ROLE = f"arn:aws:iam::{LAB}:user/bob", f"arn:aws:iam::{LAB}:role/team/work"
SESSION = f"arn:aws:sts::{LAB}:assumed-role/work/run"
GUEST = f"arn:aws:sts::{LAB}:federated-user/guest"
BINDINGS = ((ROLE, "AROAWORK"), (BOB, "AIDABOB"))

USER = Principal(LAB, BOB, "AIDABOB", "a" * 64, kind="user")
WORKER = Principal(
    LAB, SESSION, "AROAWORK:run", "a" * 64, kind="role", issuer_arn=ROLE, issuer_id="AROAWORK"
)
FEDERATED = Principal(
    LAB, GUEST, f"{LAB}:guest", "a" * 64, kind="federated", issuer_arn=BOB, issuer_id="AIDABOB"
)
LATER_USER = replace(USER, user_id="AIDALATER")
LATER_WORKER = replace(WORKER, user_id="AROALATER:run", issuer_id="AROALATER")
LATER_FEDERATED = replace(FEDERATED, issuer_id="AIDALATER")
PAIRS = {"user": (USER, LATER_USER), "role": (WORKER, LATER_WORKER)}
"""By kind: a principal, and another who has come to have the same ARNs."""
ALL_PAIRS = {**PAIRS, "federated": (FEDERATED, LATER_FEDERATED)}


def document(principal, effect="Allow", element="Principal"):
    statement = {"Effect": effect, element: principal, "Action": "s3:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def lets_in(principal, text, bindings, account_id=LAB):
    policy = parse(text, "the policy", "resource", bindings)
    access = Access(principal, "s3:GetObject", "arn:aws:s3:::b/x", account_id)
    return decide(replace(access, resource_policy=policy)).allowed


@pytest.mark.parametrize(("principal", "later"), ALL_PAIRS.values(), ids=ALL_PAIRS)
def test_a_bound_policy_lets_in_whom_it_was_about(principal, later):
    text = document({"AWS": [BOB, ROLE]})
    assert lets_in(principal, text, BINDINGS)
    assert not lets_in(later, text, BINDINGS)


@pytest.mark.parametrize(("principal", "later"), ALL_PAIRS.values(), ids=ALL_PAIRS)
def test_a_policy_without_bindings_lets_in_whoever_has_the_arn(principal, later):
    text = document({"AWS": [BOB, ROLE]})
    assert lets_in(principal, text, ())
    assert lets_in(later, text, ())


def test_a_bound_policy_lets_in_whom_it_was_about_under_another_name():
    text = document({"AWS": [BOB, ROLE]})
    renamed_user = replace(USER, arn=f"arn:aws:iam::{LAB}:user/robert")
    assert lets_in(renamed_user, text, BINDINGS)
    assert lets_in(replace(WORKER, issuer_arn=f"{ROLE}s", arn=f"{SESSION}s"), text, BINDINGS)


def test_sessions_that_are_named_are_named_by_arn():
    text = document({"AWS": [SESSION, GUEST]})
    assert lets_in(LATER_WORKER, text, BINDINGS)
    assert lets_in(LATER_FEDERATED, text, BINDINGS)


def test_who_calls_himself_by_the_id_of_a_user_is_not_let_in():
    """A subject that an identity provider vouches for may be any text."""
    text = document({"AWS": BOB})
    assert not lets_in(Principal("", "", "AIDABOB", "", kind="federated"), text, BINDINGS)
    assert not lets_in(replace(USER, kind="federated", arn=GUEST), text, BINDINGS)


@pytest.mark.parametrize(("principal", "later"), PAIRS.values(), ids=PAIRS)
def test_a_bound_policy_excepts_whom_it_was_about(principal, later):
    named = {"AWS": [LAB, SESSION, ROLE, BOB]}
    allowing = json.loads(document("*"))["Statement"]
    denying = json.loads(document(named, "Deny", "NotPrincipal"))["Statement"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [allowing, denying]})
    assert lets_in(principal, text, BINDINGS)
    assert not lets_in(later, text, BINDINGS)


def test_bindings_tell_policies_apart():
    text = document({"AWS": BOB})
    one, other = (parse(text, "p", "resource", each) for each in (BINDINGS, ()))
    assert one != other
    assert one == parse(text, "p", "resource", BINDINGS)


def test_only_users_and_roles_are_to_be_bound():
    text = document({"AWS": [SESSION, ROLE, GUEST, LAB, f"arn:aws:iam::{OTHER}:root", BOB, ROLE]})
    assert named_entities(parse(text, "p", "resource")) == [ROLE, BOB]
    everybody = document({"Service": "s3.amazonaws.com", "AWS": "*"})
    assert named_entities(parse(everybody, "p", "resource")) == []


def test_principals_are_renamed_where_they_are_principals():
    statement = {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [BOB, ROLE], "Service": "s3.amazonaws.com"},
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": BOB}},
    }
    named = {**statement, "NotPrincipal": {**statement["NotPrincipal"], "AWS": ["AIDABOB", ROLE]}}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert json.loads(renamed(text, {BOB: "AIDABOB"}))["Statement"] == [named]
    assert json.loads(renamed(document({"AWS": BOB}), {BOB: "é"})) == json.loads(
        document({"AWS": "é"})
    )
    assert json.loads(renamed(document("*"), {"*": "x"})) == json.loads(document("*"))
