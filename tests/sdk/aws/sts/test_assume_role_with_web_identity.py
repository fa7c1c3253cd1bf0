"""AssumeRoleWithWebIdentity: tokens of this cloud's own issuer, without any credentials."""

import time

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from ..statements import allow, trusting
from .conftest import CLIENT_ID

ACTION = "sts:AssumeRoleWithWebIdentity"


@pytest.fixture
def sts(aws):
    """A client that signs nothing."""
    return aws("sts", config=Config(signature_version=UNSIGNED))


@pytest.fixture
def web_role(make_role, provider, issuer):
    """A role for alice only, who may write below her own name."""
    name = issuer.partition("://")[2]
    condition = {"StringEquals": {f"{name}:sub": "alice", f"{name}:aud": CLIENT_ID}}
    own = f"arn:aws:s3:::*/${{{name}:sub}}/*"
    return make_role(
        trusting({"Federated": provider}, ACTION, Condition=condition),
        allow("s3:PutObject", resource=own),
    )


def test_a_token_buys_credentials(sts, sign, web_role, provider, as_session, bucket):
    issued = sts.assume_role_with_web_identity(
        RoleArn=web_role, RoleSessionName="browser", WebIdentityToken=sign(), DurationSeconds=900
    )
    assert issued["SubjectFromWebIdentityToken"] == "alice"
    assert issued["Audience"] == CLIENT_ID
    assert issued["Provider"] == provider
    assert issued["AssumedRoleUser"]["Arn"].endswith("/browser")
    as_session("s3", issued).put_object(Bucket=bucket, Key="alice/x", Body=b"x")


def test_what_is_not_hers_she_may_not(sts, sign, web_role, as_session, bucket, refused):
    issued = sts.assume_role_with_web_identity(
        RoleArn=web_role, RoleSessionName="browser", WebIdentityToken=sign()
    )
    operation = as_session("s3", issued).put_object
    assert refused(operation, Bucket=bucket, Key="bob/x", Body=b"x")[0] == "AccessDenied"


def test_refusals(sts, sign, web_role, make_role, other, refused):
    call = {"RoleArn": web_role, "RoleSessionName": "browser", "WebIdentityToken": sign()}
    people = make_role(trusting({"AWS": "*"}))
    theirs = web_role.replace(web_role.split(":")[4], other.account_id)
    head, payload, signature = sign().split(".")
    for options, expected in (
        ({"WebIdentityToken": sign("bob")}, "AccessDenied"),
        ({"WebIdentityToken": sign(exp=int(time.time()) - 1)}, "ExpiredTokenException"),
        ({"WebIdentityToken": sign(aud="another")}, "InvalidIdentityToken"),
        ({"WebIdentityToken": sign(iss="https://login.example.org")}, "InvalidIdentityToken"),
        ({"WebIdentityToken": f"{head}.{payload}.{signature[::-1]}"}, "InvalidIdentityToken"),
        ({"WebIdentityToken": "nonsense"}, "InvalidIdentityToken"),
        ({"RoleArn": people}, "AccessDenied"),
        ({"RoleArn": web_role + "x"}, "AccessDenied"),
        ({"RoleArn": theirs}, "InvalidIdentityToken"),
        ({"RoleArn": "arn:aws:iam::1:role/nothing"}, "ValidationError"),
        ({"DurationSeconds": 7200}, "ValidationError"),
    ):
        code, message = refused(sts.assume_role_with_web_identity, **call | options)
        assert (code, options) == (expected, options)
        assert "Traceback" not in message
    assert call["WebIdentityToken"] not in message
