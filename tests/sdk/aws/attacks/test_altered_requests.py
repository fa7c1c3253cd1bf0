"""Requests that were altered under their signature, or are sent again too late."""

from datetime import timedelta

import pytest

from ..statements import allow
from .raw import FORM, JSON, Raw, credentials, fetch


@pytest.fixture
def alice(make_user):
    return make_user(allow("s3:*", "dynamodb:*", "sts:*"))


@pytest.fixture
def who(cloud, alice):
    """GetCallerIdentity, signed by alice."""
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    return Raw("POST", f"{cloud.url}/", FORM, body).signed(credentials(alice), "sts")


@pytest.fixture
def put(cloud, alice, bucket):
    """An object put by alice."""
    raw = Raw("PUT", f"{cloud.url}/{bucket}/key?x-id=PutObject", {"x-amz-meta-a": "1"}, b"data")
    return raw.signed(credentials(alice), "s3")


def test_altered_body(who):
    assert who.status() == 200
    altered = who.but(body=who.body.replace(b"GetCallerIdentity", b"GetSessionToken"))
    assert altered.code() == "SignatureDoesNotMatch"


def test_altered_body_of_an_object(put, aws, bucket):
    assert put.status() == 200
    assert put.but(body=b"evil").code() == "XAmzContentSHA256Mismatch"
    hashed = "4c1e8dc4d0b5a0e5f4f5a0a9ad1c2d0a2a52f1a9b0e51d1a8f6f4d4a3d9e7a11"
    assert put.but(body=b"evil", x_amz_content_sha256=hashed).code() == "SignatureDoesNotMatch"
    unsigned = put.but(body=b"evil", x_amz_content_sha256="UNSIGNED-PAYLOAD")
    assert unsigned.code() == "SignatureDoesNotMatch"
    assert aws("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == b"data"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "DELETE"}, "SignatureDoesNotMatch"),
        ({"x_amz_meta_a": "2"}, "SignatureDoesNotMatch"),
        ({"x_amz_meta_a": None}, "SignatureDoesNotMatch"),
        ({"x_amz_meta_b": "2"}, "AccessDenied"),
        ({"x_amz_acl": "public-read-write"}, "AccessDenied"),
        ({"x_amz_date": "20260101T000000Z"}, "AuthorizationHeaderMalformed"),
        ({"host": "localhost"}, "SignatureDoesNotMatch"),
        ({"authorization": None}, "AccessDenied"),
    ],
)
def test_altered_head(put, change, code):
    assert put.but(**change).code() == code


def test_altered_path_and_query(put):
    for old, new in (("/key", "/other"), ("/key", "/%6bey/"), ("x-id=", "y-id="), ("?", "?acl&")):
        assert put.url.count(old) == 1
        assert put.but(url=put.url.replace(old, new)).code() == "SignatureDoesNotMatch"


def test_signature_of_another_service_or_region(cloud, alice):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    raw = Raw("POST", f"{cloud.url}/", FORM, body)
    for service in ("s3", "iam", "dynamodb"):
        answer = raw.signed(credentials(alice), service).send()
        assert answer.status_code >= 400
        assert alice.arn not in answer.text
    signed = raw.signed(credentials(alice), "sts", region="eu-north-9")
    moved = signed.headers["Authorization"].replace("eu-north-9", "us-east-1")
    assert signed.but(authorization=moved).code() == "SignatureDoesNotMatch"
    lent = signed.headers["Authorization"].replace("/sts/", "/iam/")
    assert signed.but(authorization=lent).status() >= 400


def test_signature_of_another_key(who, make_user):
    """The other key exists, and only its id is put in."""
    other = make_user(allow("*"))
    authorization = who.headers["Authorization"]
    key_id = authorization.partition("Credential=")[2].partition("/")[0]
    swapped = authorization.replace(key_id, other.access_key_id)
    assert who.but(authorization=swapped).code() == "SignatureDoesNotMatch"


def test_replay_after_a_quarter_of_an_hour(cloud, alice, bucket):
    """A captured request is worth nothing after 15 minutes, and nothing ahead of its time."""
    keys = credentials(alice)
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    for minutes, fresh in ((14, True), (16, False), (-14, True), (-16, False)):
        ago = timedelta(minutes=minutes)
        sts = Raw("POST", f"{cloud.url}/", FORM, body).signed(keys, "sts", ago=ago)
        s3 = Raw("GET", f"{cloud.url}/{bucket}").signed(keys, "s3", ago=ago)
        dynamodb = Raw("POST", f"{cloud.url}/", JSON, b"{}").signed(keys, "dynamodb", ago=ago)
        if fresh:
            assert (sts.status(), s3.status(), dynamodb.status()) == (200, 200, 200)
        else:
            assert sts.code() == "SignatureDoesNotMatch"
            assert s3.code() == "RequestTimeTooSkewed"
            assert dynamodb.code() == "InvalidSignatureException"


def test_replayed_request_cannot_be_given_a_new_date(cloud, alice):
    old = Raw("POST", f"{cloud.url}/", FORM, b"Action=GetCallerIdentity&Version=2011-06-15")
    old = old.signed(credentials(alice), "sts", ago=timedelta(minutes=20))
    now = old.signed(credentials(alice), "sts")
    renewed = old.but(x_amz_date=now.headers["X-Amz-Date"])
    assert renewed.code() == "SignatureDoesNotMatch"


def test_two_signatures_at_once(aws, alice, put, bucket):
    """One for the eyes of a proxy, one for us: refused, whichever is valid."""
    link = aws("s3", alice).generate_presigned_url("put_object", {"Bucket": bucket, "Key": "key"})
    answer = fetch("PUT", link, headers={"authorization": put.headers["Authorization"]})
    assert answer.status_code == 400
    assert "Only one auth mechanism allowed" in answer.text
