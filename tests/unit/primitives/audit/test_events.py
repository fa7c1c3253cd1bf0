"""Events are CloudTrail's records: members, identities, what is cut and what is hidden."""

import json

import pytest

from lenticular.primitives.audit import HIDDEN, Event, Resource
from lenticular.primitives.audit.events import encode_event, user_identity
from lenticular.primitives.audit.redaction import redacted
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import ANONYMOUS, Principal

ACCOUNT = "123456789012"
HERE = Circumstances(
    time=1_800_000_000.0, source_ip="192.0.2.7", user_agent="Boto3/1.40", region="us-east-1"
)


def principal(kind="user", **members):
    given = {
        "account_id": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/ada",
        "user_id": "AIDAEXAMPLE",
        "canonical_id": "c",
        "access_key_id": "AKIAEXAMPLE",
        "kind": kind,
    }
    return Principal(**given | members)


def document(event):
    return json.loads(encode_event(event))


def test_a_record_has_the_members_of_the_format():
    event = Event.of(
        principal().under(HERE),
        "iam.amazonaws.com",
        "CreateUser",
        parameters={"userName": "grace"},
        result={"user": {"userName": "grace"}},
        additional={"SignatureVersion": "SigV4"},
        resources=(Resource("AWS::IAM::User", f"arn:aws:iam::{ACCOUNT}:user/grace", ACCOUNT),),
        request_id="R1",
    )
    found = document(event)
    assert len(found.pop("eventID")) == 36
    assert found == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/ada",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLE",
            "userName": "ada",
        },
        "eventTime": "2027-01-15T08:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "Boto3/1.40",
        "requestParameters": {"userName": "grace"},
        "responseElements": {"user": {"userName": "grace"}},
        "additionalEventData": {"SignatureVersion": "SigV4"},
        "requestID": "R1",
        "readOnly": False,
        "resources": [
            {
                "type": "AWS::IAM::User",
                "ARN": f"arn:aws:iam::{ACCOUNT}:user/grace",
                "accountId": ACCOUNT,
            }
        ],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_a_refused_call_says_why():
    event = Event.of(
        principal().under(HERE), "s3.amazonaws.com", "ListBuckets", error=("AccessDenied", "No.")
    )
    found = document(event)
    assert (found["errorCode"], found["errorMessage"]) == ("AccessDenied", "No.")
    assert found["requestParameters"] is None
    assert found["responseElements"] is None


def test_over_tls_the_host_is_told():
    over_tls = Circumstances(secure=True)
    event = Event.of(principal().under(over_tls), "s3.amazonaws.com", "X", host="lab.example.org")
    assert document(event)["tlsDetails"] == {"clientProvidedHostHeader": "lab.example.org"}


IDENTITIES = {
    "root": (
        principal("root", arn=f"arn:aws:iam::{ACCOUNT}:root", user_id=ACCOUNT),
        {
            "type": "Root",
            "principalId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:root",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLE",
        },
    ),
    "role": (
        principal(
            "role",
            arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/night",
            user_id="AROAEXAMPLE:night",
            access_key_id="ASIAEXAMPLE",
            issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/reader",
            keys={"aws:tokenissuetime": "2027-01-15T07:00:00Z", "aws:sourceidentity": "ada"},
        ),
        {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:night",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/night",
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLE",
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/reader",
                    "accountId": ACCOUNT,
                    "userName": "reader",
                },
                "attributes": {
                    "mfaAuthenticated": "false",
                    "creationDate": "2027-01-15T07:00:00Z",
                },
                "sourceIdentity": "ada",
            },
        },
    ),
    "person": (
        principal(access_key_id=None, identity_id="8a2f"),
        {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/ada",
            "accountId": ACCOUNT,
            "userName": "ada",
            "onBehalfOf": {"userId": "8a2f"},
        },
    ),
    "session token": (
        principal(access_key_id="ASIAEXAMPLE", keys={"aws:multifactorauthpresent": "true"}),
        {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/ada",
            "accountId": ACCOUNT,
            "accessKeyId": "ASIAEXAMPLE",
            "userName": "ada",
            "sessionContext": {"attributes": {"mfaAuthenticated": "true"}},
        },
    ),
    "nobody": (
        ANONYMOUS,
        {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"},
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_told_by_their_kind(name):
    who, expected = IDENTITIES[name]
    assert user_identity(who) == expected


def test_a_federated_user_is_told_with_who_vouched_for_them():
    who = principal(
        "federated",
        arn=f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
        user_id=f"{ACCOUNT}:guest",
        access_key_id="ASIAEXAMPLE",
        issuer_arn=f"arn:aws:iam::{ACCOUNT}:user/ada",
    )
    found = user_identity(who)
    assert found["type"] == "FederatedUser"
    assert found["sessionContext"]["sessionIssuer"]["type"] == "IAMUser"
    assert found["sessionContext"]["sessionIssuer"]["userName"] == "ada"


def test_what_is_large_is_left_out():
    huge = {"document": "x" * 200_000}
    event = Event.of(principal().under(HERE), "s", "n", parameters=huge, error=("E", "m" * 9999))
    assert event.request_parameters["omitted"] is True
    assert event.request_parameters["originalSize"] > 200_000
    assert len(event.error_message) < 1100
    assert event.error_message.endswith("(9999 characters)")


def test_copies_for_several_accounts_share_an_id():
    event = Event.of(principal().under(HERE), "sts.amazonaws.com", "AssumeRole")
    assert event.copies({ACCOUNT}) == [event]
    own, other = event.copies({ACCOUNT, "999999999999"})
    assert (own.recipient_account_id, other.recipient_account_id) == (ACCOUNT, "999999999999")
    assert own.shared_event_id == other.shared_event_id
    assert own.event_id != other.event_id


def test_secrets_are_hidden_by_name_at_any_depth():
    given = {"user": "ada", "password": "p", "list": [{"token": "t", "x": 1}], "code": ""}
    assert redacted(given) == {
        "user": "ada",
        "password": HIDDEN,
        "list": [{"token": HIDDEN, "x": 1}],
        "code": "",
    }
