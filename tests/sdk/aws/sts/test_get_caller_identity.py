"""GetCallerIdentity: the answer to who signed."""

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError


def test_root_identity(aws, cloud, other):
    for credentials in (cloud.credentials, other):
        identity = aws("sts", credentials).get_caller_identity()
        assert identity["Account"] == credentials.account_id
        assert identity["UserId"] == credentials.account_id
        assert identity["Arn"] == f"arn:aws:iam::{credentials.account_id}:root"


def test_any_region_is_accepted(aws, cloud):
    identity = aws("sts", region_name="eu-central-7").get_caller_identity()
    assert identity["Account"] == cloud.credentials.account_id


def test_unsigned_is_refused(aws):
    with pytest.raises(ClientError) as refused:
        aws("sts", config=Config(signature_version=UNSIGNED)).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "MissingAuthenticationToken"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_unknown_key_is_refused(aws):
    with pytest.raises(ClientError) as refused:
        aws("sts", aws_access_key_id="AKIAUNKNOWNUNKNOWNUN").get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_an_operation_not_written_names_itself(aws):
    with pytest.raises(ClientError, match="GetWebIdentityToken") as refused:
        aws("sts").get_web_identity_token(Audience=["x"], SigningAlgorithm="ES384")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
