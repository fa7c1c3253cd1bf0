"""Why a call was refused: told in full, but only in the account that was refused."""

import json
import os

import pytest
from msgspec.structs import replace

from lenticular.apis.aws.wire.explanations import LONGEST, Explanations, MessageInvalid
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Access, decide
from lenticular.primitives.principals import Principal
from lenticular.primitives.vault import KEY_SIZE, Vault

OWN, OTHER = "111111111111", "222222222222"
POLICY = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Sid": "NotAtNight", "Effect": "Deny", "Action": ["s3:GetObject", "s3:PutObject"],
     "Resource": "arn:aws:s3:::b/*", "Condition": {"StringEquals": {"aws:username": ["bob"]}}}]}"""
BUCKET = """{"Version": "2012-10-17", "Statement": {"Sid": "Secret", "Effect": "Deny",
    "Principal": "*", "Action": "s3:*", "Resource": "*"}}"""
BOB = Principal(
    OWN,
    f"arn:aws:iam::{OWN}:user/bob",
    "AIDABOB",
    "c" * 64,
    kind="user",
    authority=Authority(identity=(parse(POLICY, "inline policy night of user bob", "identity"),)),
    keys={"aws:username": "bob", "aws:principaltag/team": "radio"},
    circumstances=Circumstances(time=1.8e9, source_ip="192.0.2.7", region="us-east-1"),
)


@pytest.fixture
def explanations():
    return Explanations(Vault(os.urandom(KEY_SIZE)))


def refusal(action="s3:GetObject", principal=BOB, account_id=OWN, **more):
    decision = decide(Access(principal, action, "arn:aws:s3:::b/key", account_id, **more))
    assert not decision.allowed
    return decision


def told(explanations, decision):
    return json.loads(explanations.decode(explanations.encode(decision), OWN))


def conditions(document):
    return {
        each["key"]: [value["value"] for value in each["values"]["items"]]
        for each in document["items"]
    }


def test_all_that_decided(explanations):
    decision = refusal(keys={"s3:existingobjecttag/kind": "raw"})
    document = told(explanations, decision)
    assert document["allowed"] is False
    assert document["explicitDeny"] is True
    [statement] = document["matchedStatements"]["items"]
    assert statement["statementId"] == "NotAtNight"
    assert statement["effect"] == "DENY"
    assert statement["sourcePolicyId"] == "inline policy night of user bob"
    assert [each["value"] for each in statement["actions"]["items"]] == [
        "s3:GetObject",
        "s3:PutObject",
    ]
    assert [each["value"] for each in statement["resources"]["items"]] == ["arn:aws:s3:::b/*"]
    assert conditions(statement["conditions"]) == {"aws:username": ["bob"]}
    context = document["context"]
    assert context["principal"] == {"id": "AIDABOB", "name": "bob", "arn": BOB.arn}
    assert (context["action"], context["resource"]) == ("s3:GetObject", "arn:aws:s3:::b/key")
    asked = conditions(context["conditions"])
    assert asked["aws:SourceIp"] == ["192.0.2.7"]
    assert asked["aws:principaltag/team"] == ["radio"]
    assert asked["s3:existingobjecttag/kind"] == ["raw"]


def test_nothing_allows(explanations):
    document = told(explanations, refusal("dynamodb:GetItem"))
    assert document["explicitDeny"] is False
    assert document["matchedStatements"] == {"items": []}


def test_nothing_of_another_account_is_told(explanations):
    policy = parse(BUCKET, "the policy of bucket b", "resource")
    document = told(
        explanations,
        refusal(
            "s3:ListBucket",
            account_id=OTHER,
            resource_policy=policy,
            keys={"s3:existingobjecttag/kind": "marker"},
        ),
    )
    assert document["explicitDeny"] is True
    assert "Secret" not in json.dumps(document)
    assert "marker" not in json.dumps(document)
    own = told(explanations, refusal("s3:ListBucket", resource_policy=policy))
    assert own["matchedStatements"]["items"][0]["statementId"] == "Secret"


def test_only_the_account_itself_reads_it(explanations):
    message = explanations.encode(refusal())
    with pytest.raises(MessageInvalid):
        explanations.decode(message, OTHER)
    with pytest.raises(MessageInvalid):
        Explanations(Vault(os.urandom(KEY_SIZE))).decode(message, OWN)


@pytest.mark.parametrize("change", [lambda m: m[:-4], lambda m: m + "AAAA", lambda m: "AAAA" + m])
def test_an_altered_message(explanations, change):
    with pytest.raises(MessageInvalid):
        explanations.decode(change(explanations.encode(refusal())), OWN)


@pytest.mark.parametrize("message", ["", "x", "é", "=", "A" * 10_000, "\x00"])
def test_no_message(explanations, message):
    with pytest.raises(MessageInvalid):
        explanations.decode(message, OWN)


def test_a_message_fits_into_a_header(explanations):
    keys = {f"aws:principaltag/{n}": os.urandom(120).hex() for n in range(50)}
    message = explanations.encode(refusal(principal=replace(BOB, keys=keys | BOB.keys)))
    assert message.isascii()
    assert len(message) <= LONGEST
    document = json.loads(explanations.decode(message, OWN))
    assert document["context"]["action"] == "s3:GetObject"
