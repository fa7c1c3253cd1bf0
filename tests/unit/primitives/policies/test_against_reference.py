"""The evaluator answers as the published rules do: against `reference`, on random questions."""

import importlib.util
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.primitives.policies import documents
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.policies.explanation import explain
from lenticular.primitives.policies.matching import matcher
from lenticular.primitives.principals import Principal

_spec = importlib.util.spec_from_file_location(
    "reference", Path(__file__).with_name("reference.py")
)
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

OURS, THEIRS = "111111111111", "222222222222"
CANONICAL = {OURS: "a" * 64, THEIRS: "b" * 64}
PERSON = "11111111-2222-3333-4444-555555555555"
GROUP = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
USER = f"arn:aws:iam::{OURS}:user/ana"
ROLE = f"arn:aws:iam::{OURS}:role/lab"
SESSION = f"arn:aws:sts::{OURS}:assumed-role/lab/ana"
FEDERATED = f"arn:aws:sts::{OURS}:federated-user/guest"
PROVIDER = f"arn:aws:iam::{OURS}:oidc-provider/id.example.org"
SERVICE = "s3.amazonaws.com"

CALLERS = [
    reference.Caller("anonymous"),
    reference.Caller("service", service=SERVICE),
    reference.Caller("root", OURS, f"arn:aws:iam::{OURS}:root", canonical=CANONICAL[OURS]),
    reference.Caller("user", OURS, USER, canonical=CANONICAL[OURS], person=PERSON, groups=(GROUP,)),
    reference.Caller("role", OURS, SESSION, ROLE, CANONICAL[OURS], provider=PROVIDER),
    reference.Caller("federated", OURS, FEDERATED, USER, CANONICAL[OURS]),
]

ACTIONS = ["s3:GetObject", "s3:PutObject", "sts:AssumeRole"]
ACTION_PATTERNS = ["*", "s3:*", "S3:getobject", "s3:?utObject", "sts:assume*", "*:*", "s3:*Object"]
RESOURCES = [
    "arn:aws:s3:::data/ana/run:1.txt",
    "arn:aws:s3:::data/bob",
    "arn:aws:dynamodb:lab:111111111111:table/x",
    "*",
]
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data/bob",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${aws:PrincipalTag/team, 'bob'}",
    "arn:aws:s3:::data/*:?.txt",
    "arn:aws:s3:*",
    "arn:aws:*:*:*:table/?",
    "arn:aws:s?:::${*}*",
]
TEXTS = ["ana", "Ana", "b*", "*", "", "${aws:username}", "a?a", "${*}", "arn:aws:s3:*:*:b*"]
NUMBERS = ["1", "10", "2.5", 3, "1e1"]
DATES = ["2026-01-01", "2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "1767225600"]
ADDRESSES = ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0"]
KEYS = {
    "aws:username": ["ana", "Ana", "bob"],
    "aws:principaltag/team": ["ana", "b*", "arn:aws:s3:x:y:bob", "a:b"],
    "s3:max-keys": ["1", "10", "x", "2.50"],
    "aws:currenttime": ["2026-01-01T00:00:00Z", "2026-06-01T10:00:00Z", "1767225600", "soon"],
    "aws:sourceip": ["192.0.2.7", "198.51.100.1", "2001:db8::1", "unknown"],
    "aws:securetransport": ["true", "false", "TRUE"],
    "x:bytes": ["QUJD", "QUJDRA==", "?"],
    "aws:tagkeys": ["ana", "bob", ""],
}
OPERATORS = {
    **dict.fromkeys(
        (
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "ArnLike",
            "ArnNotLike",
            "ArnEquals",
            "ArnNotEquals",
        ),
        TEXTS,
    ),
    **dict.fromkeys(
        (
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ),
        NUMBERS,
    ),
    **dict.fromkeys(
        (
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ),
        DATES,
    ),
    **dict.fromkeys(("IpAddress", "NotIpAddress"), ADDRESSES),
    "Bool": ["true", True, "false", False],
    "BinaryEquals": ["QUJD", "QUJDRA=="],
}


def one_or_list(values):
    return st.one_of(values, st.lists(values, min_size=1, max_size=3))


@st.composite
def lines(draw):
    """An operator with a key and what it may be."""
    key = draw(st.sampled_from(sorted(KEYS)))
    key = draw(st.sampled_from([key, key.upper()]))
    if draw(st.integers(0, 7)) == 0:
        return "Null", {key: draw(st.sampled_from(["true", "false", True]))}
    name = draw(st.sampled_from(sorted(OPERATORS)))
    expected = draw(one_or_list(st.sampled_from(OPERATORS[name])))
    quantifier = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    return f"{quantifier}{name}{draw(st.sampled_from(['', '', 'IfExists']))}", {key: expected}


PRINCIPALS = st.one_of(
    st.just("*"),
    st.dictionaries(
        st.just("AWS"),
        one_or_list(
            st.sampled_from(
                ["*", OURS, f"arn:aws:iam::{OURS}:root", THEIRS, USER, ROLE, SESSION, FEDERATED]
            )
        ),
        min_size=1,
    ),
    st.sampled_from(
        [
            {"Service": SERVICE},
            {"Federated": PROVIDER},
            {"CanonicalUser": CANONICAL[OURS]},
            {"Globus": f"urn:globus:auth:identity:{PERSON}"},
            {"Globus": [f"urn:globus:groups:id:{GROUP}"], "AWS": THEIRS},
            {"AWS": [OURS, ROLE, SESSION]},
            {"AWS": [OURS, USER]},
            {"CanonicalUser": CANONICAL[OURS], "AWS": [USER, FEDERATED]},
        ]
    ),
)


@st.composite
def statements(draw, kind):
    effect = draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))
    made = {"Effect": effect}
    patterns = ["sts:*", "sts:AssumeRole", "sts:Get*"] if kind == "trust" else ACTION_PATTERNS
    name = draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))
    made[name] = draw(one_or_list(st.sampled_from(patterns)))
    if kind != "trust":
        name = draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))
        made[name] = draw(one_or_list(st.sampled_from(RESOURCE_PATTERNS)))
    if kind in ("resource", "trust"):
        negated = effect == "Deny" and kind == "resource" and draw(st.booleans())
        made["NotPrincipal" if negated else "Principal"] = draw(PRINCIPALS)
    if draw(st.integers(0, 2)) == 0:
        made["Condition"] = dict(draw(st.lists(lines(), min_size=1, max_size=2)))
    return made


@st.composite
def policies(draw, kind="identity"):
    made = {"Statement": draw(st.lists(statements(kind), min_size=1, max_size=3))}
    if draw(st.integers(0, 4)):
        made["Version"] = "2012-10-17"
    return made


@st.composite
def questions(draw):
    caller = draw(st.sampled_from(CALLERS))
    trust = draw(st.integers(0, 4)) == 0
    context = {
        key: draw(st.lists(st.sampled_from(values), max_size=2, unique=True))
        for key, values in KEYS.items()
        if draw(st.booleans())
    }
    limited = caller.kind in ("user", "role", "federated")
    return reference.Question(
        caller,
        "sts:AssumeRole" if trust else draw(st.sampled_from(ACTIONS)),
        ROLE if trust else draw(st.sampled_from(RESOURCES)),
        draw(st.sampled_from([OURS, OURS, THEIRS])),
        context,
        identity=draw(st.lists(policies(), max_size=2)) if limited else [],
        boundary=draw(st.none() | policies()) if limited else None,
        session=draw(st.none() | st.lists(policies(), max_size=2)) if limited else None,
        resource_policy=draw(policies("trust"))
        if trust
        else draw(st.none() | policies("resource")),
        trust=trust,
        granted=not trust and draw(st.integers(0, 9)) == 0,
    )


def compiled(policy, kind="identity"):
    return None if policy is None else documents.parse(json.dumps(policy), kind, kind)


def access(question):
    caller = question.caller
    # No key is left to what is computed of caller and request: the reference computes nothing.
    keys = {key: tuple(question.context.get(key, ())) for key in KEYS}
    principal = Principal(
        account_id=caller.account,
        arn=caller.arn,
        user_id="",
        canonical_id=caller.canonical,
        kind="anonymous" if caller.kind == "service" else caller.kind,
        issuer_arn=caller.issuer,
        identity_id=caller.person,
        authority=Authority(
            identity=tuple(map(compiled, question.identity)),
            boundary=compiled(question.boundary),
            session=None if question.session is None else tuple(map(compiled, question.session)),
            unlimited=caller.kind == "root",
        ),
        keys={
            "aws:principalservicename": caller.service,
            "aws:federatedprovider": caller.provider,
            "globus:groups": caller.groups,
        },
    )
    kind = "trust" if question.trust else "resource"
    return Access(
        principal,
        question.action,
        question.resource,
        question.owner,
        keys,
        compiled(question.resource_policy, kind),
        question.granted,
    )


@settings(max_examples=250, deadline=None)
@given(questions())
def test_the_evaluator_answers_as_the_published_rules_do(question):
    asked = access(question)
    decision = decide(asked)
    expected = reference.answer(question)
    assert decision.cause == expected
    assert decision.allowed == (expected == "allowed")
    assert explain(asked).decision == decision


@settings(max_examples=250, deadline=None)
@given(
    st.text("ab:*?", max_size=12),
    st.lists(st.text("ab:", max_size=14), min_size=1, max_size=5),
    st.sampled_from(["text", "arn", "resource"]),
)
def test_patterns_match_as_published(pattern, texts, scope):
    matches = {
        "text": reference.match,
        "arn": reference.like_arn,
        "resource": reference.like_resource,
    }[scope]
    for text in texts:
        expected = matches(reference.wild(pattern), text)
        assert bool(matcher(pattern, scope)(text)) == expected, (pattern, text)
