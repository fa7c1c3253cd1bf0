"""Policy documents: what is one, and what is told of what is none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.primitives.policies.documents import Policy, PolicyMalformed, parse
from lenticular.primitives.policies.managed import MANAGED

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
KINDS = ("identity", "session", "resource", "trust")


def document(*statements, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]} | more)


def refused(text, kind="identity"):
    with pytest.raises(PolicyMalformed) as error:
        parse(text, "p", kind)
    return str(error.value)


def test_a_policy_keeps_its_name_and_document():
    text = document(ALLOW, ALLOW | {"Sid": "second"})
    policy = parse(text, "arn:aws:iam::111111111111:policy/p", "identity")
    assert (policy.name, policy.document) == ("arn:aws:iam::111111111111:policy/p", text)
    assert [each.label for each in policy.statements] == [
        "statement 1 of arn:aws:iam::111111111111:policy/p",
        "statement second of arn:aws:iam::111111111111:policy/p",
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Statement": ALLOW}),
        json.dumps({"Version": "2008-10-17", "Id": "any", "Statement": [ALLOW]}),
        document(ALLOW | {"Action": ["s3:Get*", "dynamodb:?etItem", "*", "*:*"]}),
        document({"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["arn:aws:s3:::b/*"]}),
        document(ALLOW | {"Resource": "arn:aws:s3:::b/${aws:username, 'x'}/${*}"}),
        document(ALLOW | {"Condition": {}}),
        document(ALLOW | {"Condition": {"Bool": {"aws:SecureTransport": True}}}),
        document(ALLOW | {"Condition": {"NumericLessThan": {"s3:max-keys": 10}}}),
        document(ALLOW | {"Condition": {"NumericLessThan": {"s3:max-keys": [1, 2.5, "3"]}}}),
    ],
)
def test_what_an_identity_can_have(text):
    assert isinstance(parse(text, "p", "identity"), Policy)


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": ["111111111111", "arn:aws:iam::111111111111:root"]},
        {"AWS": "arn:aws:iam::111111111111:user/path/ana"},
        {"AWS": "arn:aws:iam::111111111111:role/lab"},
        {"AWS": "arn:aws:sts::111111111111:assumed-role/lab/session"},
        {"AWS": "arn:aws:sts::111111111111:federated-user/guest"},
        {"Federated": ["arn:aws:iam::111111111111:oidc-provider/id.example.org", "x.example.org"]},
        {"Service": "s3.amazonaws.com", "CanonicalUser": "a" * 64},
        {"Globus": "urn:globus:groups:id:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"},
        {"Globus": "urn:globus:auth:identity:aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"},
    ],
)
def test_whom_the_policy_of_a_resource_can_name(principal):
    assert isinstance(parse(document(ALLOW | {"Principal": principal}), "p", "resource"), Policy)
    denial = ALLOW | {"Effect": "Deny", "NotPrincipal": principal}
    assert isinstance(parse(document(denial), "p", "resource"), Policy)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("[]", "the policy is []: expected a JSON object"),
        ('"' + "x" * 200 + '"', "xxx...: expected a JSON object"),
        ('{"a": NaN}', "is not JSON"),
        ('{"Id": "\\ud800"}', "is not JSON"),
        ("{}", "has no Statement"),
        ("[" * 5000, "is not JSON"),
        (json.dumps({"Statement": [], "Version": "2012-10-17"}), "empty list"),
        (json.dumps({"Statement": ["Allow"]}), 'statement 1: the statement is "Allow"'),
        (json.dumps({"Statement": ALLOW, "Version": "2020-01-01"}), "expected 2012-10-17 or"),
        (json.dumps({"Statement": ALLOW, "Version": {}}), "Version is {}"),
        (json.dumps({"Statement": ALLOW, "Id": 7}), "Id is"),
        (json.dumps({"Statement": ALLOW, "Comment": ""}), "the policy has 'Comment'"),
        ('{"Statement": [{"Effect": "Allow", "Effect": "Deny"}]}', "'Effect' stands twice"),
        (document(ALLOW | {"Effect": "allow"}), 'Effect is "allow": expected Allow or Deny'),
        (document({"Action": "s3:*", "Resource": "*"}), "Effect is null"),
        (document(ALLOW | {"Sid": "with space"}), "letters and digits"),
        (document(ALLOW | {"Sid": "a"}, ALLOW | {"Sid": "a"}), "two statements have the Sid 'a'"),
        (document({"Effect": "Allow", "Resource": "*"}), "expected either Action or NotAction"),
        (document(ALLOW | {"NotAction": "x:*"}), "expected either Action or NotAction"),
        (document({"Effect": "Allow", "Action": "s3:*"}), "either Resource or NotResource"),
        (document(ALLOW | {"Action": []}), "Action is []: expected a text or a list"),
        (document(ALLOW | {"Action": [["s3:*"]]}), "expected a text or a list of texts"),
        (document(ALLOW | {"Action": "GetObject"}), "'GetObject' is no action: expected a service"),
        (document(ALLOW | {"Action": "s3*"}), "is no action"),
        (document(ALLOW | {"Action": "s*:Get"}), "is no action"),
        (document(ALLOW | {"Action": "s3:Get Object"}), "is no action"),
        (document(ALLOW | {"Action": "s3:a:b"}), "is no action"),
        (document(ALLOW | {"Resource": "bucket"}), "'bucket' is no resource: expected an ARN"),
        (document(ALLOW | {"Resource": "arn::s3:::b"}), "is no resource"),
        (document(ALLOW | {"Resource": "arn:aws:s3:::${x"}), "is not closed"),
        (document(ALLOW | {"Principal": "*"}), "Principal has no place"),
        (document(ALLOW | {"NotPrincipal": "*"}), "NotPrincipal has no place"),
        (document(ALLOW | {"Conditions": {}}), "has 'Conditions'"),
        (document(ALLOW | {"Condition": []}), "Condition is []"),
        (document(ALLOW | {"Condition": {"Bool": "true"}}), "Bool has"),
        (document(ALLOW | {"Condition": {"Bool": {"a:b": []}}}), "one value at least"),
        (document(ALLOW | {"Condition": {"Bool": {"a:b": None}}}), "null is no value"),
        (document(ALLOW | {"Condition": {"Bool": {"a:b": "x"}}}), "Condition, Bool, a:b: 'x'"),
        (document(ALLOW | {"Condition": {"IsIt": {"a:b": "x"}}}), "'IsIt' is no condition"),
        (" " * 131_073, "has 131073 characters"),
    ],
)
def test_what_is_no_policy_of_an_identity(text, says):
    assert says in refused(text)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (ALLOW, "expected a Principal"),
        (ALLOW | {"Principal": "*", "NotPrincipal": "*"}, "expected a Principal"),
        (ALLOW | {"NotPrincipal": "*"}, "NotPrincipal stands only with Deny"),
        (ALLOW | {"Principal": {}}, 'a Principal is "*" or an object'),
        (ALLOW | {"Principal": "ana"}, 'a Principal is "*" or an object'),
        (ALLOW | {"Principal": {"Aws": "*"}}, "'Aws' is no type of principal"),
        (ALLOW | {"Principal": {"AWS": []}}, "a text or a list of texts"),
        (ALLOW | {"Principal": {"AWS": 111111111111}}, "a text or a list of texts"),
        (ALLOW | {"Principal": {"AWS": "1111"}}, "'1111' is no principal of type AWS"),
        (ALLOW | {"Principal": {"AWS": "arn:aws:iam::111111111111:user/*"}}, "is no principal"),
        (ALLOW | {"Principal": {"AWS": "arn:aws:iam::111111111111:group/g"}}, "is no principal"),
        (ALLOW | {"Principal": {"Service": "*"}}, "'*' is no principal of type Service"),
        (ALLOW | {"Principal": {"CanonicalUser": "abc"}}, "64 hex digits"),
        (ALLOW | {"Principal": {"Globus": "a group"}}, "urn:globus:groups:id:UUID"),
    ],
)
def test_what_is_no_policy_of_a_resource(statement, says):
    assert says in refused(document(statement), "resource")


def test_the_policy_of_a_resource_may_have_words_for_sid():
    allowed = ALLOW | {"Principal": "*", "Sid": "All may read"}
    assert parse(document(allowed), "p", "resource").statements[0].sid == "All may read"


def test_a_trust_policy_is_about_its_role_only():
    trust = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}
    assert isinstance(parse(document(trust), "p", "trust"), Policy)
    assert "Resource has no place" in refused(document(trust | {"Resource": "*"}), "trust")
    assert "expected actions of sts" in refused(document(trust | {"Action": "s3:*"}), "trust")
    denial = {"Effect": "Deny", "NotPrincipal": "*", "Action": "sts:AssumeRole"}
    assert "NotPrincipal stands only" in refused(document(denial), "trust")


@pytest.mark.parametrize(("kind", "largest"), [("session", 2048), ("resource", 20480)])
def test_policies_over_size_are_refused(kind, largest):
    statement = ALLOW if kind == "session" else ALLOW | {"Principal": "*"}
    text = document(statement)
    assert isinstance(parse(text.ljust(largest), "p", kind), Policy)
    assert f"has {largest + 1} characters" in refused(text.ljust(largest + 1), kind)


@pytest.mark.parametrize("arn", MANAGED)
def test_the_policies_of_aws_are_policies(arn):
    managed = MANAGED[arn]
    assert parse(managed.document, arn, "identity").statements
    assert sum(map(len, managed.document.split())) <= 6144
    assert arn == f"arn:aws:iam::aws:policy{managed.path}{managed.name}"


# -- anything at all

WORDS = st.sampled_from(
    [
        *("Version", "Id", "Statement", "Sid", "Effect", "Allow", "Deny", "Principal", "AWS", "*"),
        *("NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition", "s3:*"),
        *("2012-10-17", "arn:aws:s3:::b/${", "${aws:username}", "StringLike", "IpAddress", "::/0"),
        *("Null", "NumericEquals", "DateEquals", "aws:SourceIp", "1e99", "Globus", "111111111111"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]) | VALUES, "Action": WORDS | VALUES},
    optional={"Resource": WORDS | VALUES, "Condition": VALUES, "Principal": VALUES, "Sid": VALUES},
)


@settings(max_examples=250, deadline=None)
@given(
    st.text(max_size=30) | VALUES.map(json.dumps) | STATEMENTS.map(document),
    st.sampled_from(KINDS),
)
def test_any_text_is_a_policy_or_is_told_why_not(text, kind):
    made = outcome(text, kind)
    assert made.statements if isinstance(made, Policy) else str(made).encode()


def outcome(text, kind):
    try:
        return parse(text, "p", kind)
    except PolicyMalformed as error:
        return error
