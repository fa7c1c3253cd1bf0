"""What the evaluator costs: one question, with fifty policies attached to who asks."""

import json
import statistics
import time
from collections.abc import Callable

from benchmarks.report import Table
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.principals import Principal

POLICIES = 50
QUESTIONS = 2_000
ROUNDS = 15
ACCOUNT = "111111111111"


def measure_policies() -> Table:
    """Time `decide` on a GetObject that the last one of the policies allows."""
    rows = [
        _row("a bucket each", lambda number: _allow(f"arn:aws:s3:::bucket-{number}/*")),
        _row("a pattern each", lambda number: _allow(f"arn:aws:s3:::*/project-{number}/run-?.csv")),
        _row(
            "a bucket and a condition each",
            lambda number: _allow(
                f"arn:aws:s3:::bucket-{number}/*",
                Condition={"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
            ),
        ),
    ]
    return Table(
        f"Authorisation of one request, {POLICIES} policies attached",
        ["policies", "compile ms", "first µs", "then µs"],
        rows,
        ["Compiled once for each change of a policy; first once for each action."],
    )


def _allow(resource: str, **more: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:ListBucket"],
        "Resource": resource,
        **more,
    }


def _row(name: str, statement: Callable[[int], dict[str, object]]) -> list[str]:
    began = time.perf_counter()
    policies = tuple(_policy(number, statement(number)) for number in range(POLICIES))
    compiling = time.perf_counter() - began
    resource = f"arn:aws:s3:::bucket-{POLICIES - 1}/project-{POLICIES - 1}/run-1.csv"
    began = time.perf_counter()
    assert _ask(_principal(policies), resource)
    first = time.perf_counter() - began
    principal = _principal(policies)
    assert not _ask(principal, "arn:aws:s3:::elsewhere/x")
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(QUESTIONS):
            _ask(principal, resource)
        rounds.append((time.perf_counter() - began) / QUESTIONS)
    return [
        name,
        f"{compiling * 1e3:.1f}",
        f"{first * 1e6:.0f}",
        f"{statistics.median(rounds) * 1e6:.1f}",
    ]


def _policy(number: int, statement: dict[str, object]) -> Policy:
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return parse(json.dumps(document), f"policy-{number}", "identity")


def _principal(policies: tuple[Policy, ...]) -> Principal:
    return Principal(
        account_id=ACCOUNT,
        arn=f"arn:aws:iam::{ACCOUNT}:user/ana",
        user_id="AIDAEXAMPLE",
        canonical_id="a" * 64,
        kind="user",
        authority=Authority(identity=policies),
        keys={"aws:username": "ana", "aws:principaltag/team": "ana"},
    )


def _ask(principal: Principal, resource: str) -> bool:
    return decide(Access(principal, "s3:GetObject", resource, ACCOUNT)).allowed
