"""Parts of several credentials put together: none of it signs anything."""

import pytest
from botocore.credentials import Credentials

from ..statements import allow
from .raw import FORM, JSON, Raw, code_of

SERVICES = ["sts", "s3", "dynamodb"]
UNKNOWN = {
    "sts": "InvalidClientTokenId",
    "s3": "InvalidToken",
    "dynamodb": "UnrecognizedClientException",
}
WRONG = {
    "sts": "SignatureDoesNotMatch",
    "s3": "SignatureDoesNotMatch",
    "dynamodb": "InvalidSignatureException",
}


@pytest.fixture
def attempt(cloud):
    """Calls a service with a key id, a secret and a token; returns the code of the refusal.

    It is empty when there was none.
    """
    calls = {
        "sts": Raw("POST", f"{cloud.url}/", FORM, b"Action=GetCallerIdentity&Version=2011-06-15"),
        "s3": Raw("GET", f"{cloud.url}/"),
        "dynamodb": Raw("POST", f"{cloud.url}/", JSON, b"{}"),
    }

    def call(service, key_id, secret, token=None):
        answer = calls[service].signed(Credentials(key_id, secret, token), service).send()
        return "" if answer.status_code == 200 else code_of(answer)

    return call


def parts(issued):
    keys = issued["Credentials"]
    return keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]


@pytest.mark.parametrize("service", SERVICES)
def test_mixed_credentials_of_two_sessions(attempt, session, service):
    mine = session(allow("s3:*", "dynamodb:*"))
    (id_1, secret_1, token_1) = parts(mine)
    (id_2, secret_2, token_2) = parts(session(allow("s3:*", "dynamodb:*")))
    assert attempt(service, id_1, secret_1, token_1) == ""
    assert attempt(service, id_1, secret_2, token_1) == WRONG[service]
    assert attempt(service, id_1, secret_1, token_2) == UNKNOWN[service]
    assert attempt(service, id_1, secret_2, token_2) == UNKNOWN[service]
    assert attempt(service, id_2, secret_1, token_1) == UNKNOWN[service]


@pytest.mark.parametrize("service", SERVICES)
def test_old_token_with_new_secret(attempt, aws, make_user, make_role, service):
    """Credentials that were renewed do not revive what came before."""
    arn = make_role(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
            ],
        }
    )
    sts = aws("sts", make_user(allow("sts:AssumeRole")))
    old = parts(sts.assume_role(RoleArn=arn, RoleSessionName="work"))
    new = parts(sts.assume_role(RoleArn=arn, RoleSessionName="work"))
    assert attempt(service, new[0], new[1], old[2]) == UNKNOWN[service]
    assert attempt(service, old[0], new[1], old[2]) == WRONG[service]


@pytest.mark.parametrize("service", SERVICES)
def test_session_without_its_token(attempt, session, service):
    key_id, secret, token = parts(session(allow("*")))
    without = "InvalidAccessKeyId" if service == "s3" else UNKNOWN[service]
    assert attempt(service, key_id, secret) == without
    for wrong in (token[:-1], token + "A", token.swapcase(), token[::-1]):
        assert attempt(service, key_id, secret, wrong) == UNKNOWN[service]


@pytest.mark.parametrize("service", SERVICES)
def test_access_key_with_a_token(attempt, make_user, session, service):
    """A key of a user needs no token, and none makes it somebody else."""
    alice = make_user(allow("*"))
    _, secret, token = parts(session(allow("*")))
    assert attempt(service, alice.access_key_id, alice.secret_access_key, token) == UNKNOWN[service]
    assert attempt(service, alice.access_key_id, secret, token) == UNKNOWN[service]


@pytest.mark.parametrize("service", SERVICES)
def test_key_ids_of_another_kind(attempt, make_user, session, service):
    """A session's key id is no access key's, and the other way round."""
    key_id, secret, token = parts(session(allow("*")))
    unknown = "InvalidAccessKeyId" if service == "s3" else UNKNOWN[service]
    for wrong in (
        "AKIA" + key_id[4:],
        key_id.lower(),
        "ASIA",
        "ASIA" + "A" * 16,
        "ABIA" + key_id[4:],
    ):
        assert attempt(service, wrong, secret, token) == unknown
