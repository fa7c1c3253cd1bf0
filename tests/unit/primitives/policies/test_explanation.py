"""Explanations say of every statement why it applies, or why not."""

import json

from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Access
from lenticular.primitives.policies.explanation import explain
from lenticular.primitives.principals import Principal

OURS = "111111111111"
USER = f"arn:aws:iam::{OURS}:user/ana"


def policy(name, *statements, kind="identity"):
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statements}), name, kind)


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def test_every_statement_is_considered():
    by_tls = {"Bool": {"aws:SecureTransport": "true"}}
    authority = Authority(
        identity=(
            policy("p", READ | {"Action": "s3:PutObject"}, READ | {"Resource": "arn:aws:s3:::x"}),
            policy("q", READ | {"Sid": "tls", "Condition": by_tls}, READ | {"Sid": "any"}),
        ),
        boundary=policy("b", READ),
        session=(policy("s", READ | {"Effect": "Deny", "Sid": "no"}),),
    )
    principal = Principal(OURS, USER, "AIDA", "", kind="user", authority=authority)
    bucket = policy("r", READ | {"Principal": {"AWS": "222222222222"}}, kind="resource")
    found = explain(
        Access(principal, "s3:GetObject", "arn:aws:s3:::data/x", OURS, resource_policy=bucket)
    )
    assert [(each.statement.label, each.policy_type, each.reason) for each in found.considered] == [
        ("statement 1 of p", "identity-based policy", "action"),
        ("statement 2 of p", "identity-based policy", "resource"),
        ("statement tls of q", "identity-based policy", "condition"),
        ("statement any of q", "identity-based policy", "applies"),
        ("statement 1 of b", "permissions boundary", "applies"),
        ("statement no of s", "session policy", "applies"),
        ("statement 1 of r", "resource-based policy", "principal"),
    ]
    assert found.considered[2].detail == ("Bool aws:SecureTransport expects true, and it is false")
    assert [each.label for each in found.decision.statements] == ["statement no of s"]
    assert found.decision.policy_type == "session policy"
