"""AssumeRoleWithWebIdentity: tokens of this cloud's own issuer, without any credentials."""

import time

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from .conftest import allow, trusting, unique

ACTION = "sts:AssumeRoleWithWebIdentity"


@pytest.fixture(scope="module")
def issuer(cloud):
    return cloud.configuration.url("globus")


@pytest.fixture(scope="module")
def client_id():
    return unique("client")


@pytest.fixture(scope="module")
def provider(aws, issuer, client_id):
    """The ARN of our own issuer as an identity provider of the first account."""
    made = aws("iam").create_open_id_connect_provider(Url=issuer, ClientIDList=[client_id])
    return made["OpenIDConnectProviderArn"]


@pytest.fixture
def sign(cloud, issuer, client_id):
    """Makes an ID token of this cloud for somebody."""

    def make(subject="alice", **claims):
        now = int(time.time())
        claims = {"iss": issuer, "sub": subject, "aud": client_id, "iat": now, "exp": now + 600} | (
            claims
        )
        return cloud.run(cloud.engines.oauth.keys.sign(claims))

    return make


@pytest.fixture
def sts(aws):
    """A client that signs nothing."""
    return aws("sts", config=Config(signature_version=UNSIGNED))


@pytest.fixture
def web_role(make_role, provider, issuer, client_id):
    """A role for alice only, who may write below her own name."""
    name = issuer.partition("://")[2]
    condition = {"StringEquals": {f"{name}:sub": "alice", f"{name}:aud": client_id}}
    own = f"arn:aws:s3:::*/${{{name}:sub}}/*"
    return make_role(
        trusting({"Federated": provider}, ACTION, Condition=condition),
        allow("s3:PutObject", resource=own),
    )


def test_a_token_buys_credentials(sts, sign, web_role, provider, client_id, as_session, bucket):
    issued = sts.assume_role_with_web_identity(
        RoleArn=web_role, RoleSessionName="browser", WebIdentityToken=sign(), DurationSeconds=900
    )
    assert issued["SubjectFromWebIdentityToken"] == "alice"
    assert issued["Audience"] == client_id
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
