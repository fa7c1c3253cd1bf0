"""The audit log of a running cloud: what calls leave in it, and what they never do."""

import json
import uuid

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from lenticular.primitives.audit import CLOUD
from lenticular.primitives.audit.lookup import Query

ANYBODY = {"Effect": "Allow", "Principal": "*"}
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def account(cloud):
    return cloud.create_account(f"audited-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def events(cloud, account):
    """``events(account_id)``: everything recorded of an account, oldest first."""

    def read(account_id=account.account_id):
        query = Query(account_id, limit=10_000)
        cloud.run(cloud.engines.audit.flush())
        page = cloud.run(cloud.engines.audit.look_up(query))
        return [json.loads(found.document) for found in reversed(page.found)]

    return read


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_every_management_call_is_recorded_reads_and_refusals_too(aws, account, cloud, events):
    iam = aws("iam", account)
    iam.create_user(UserName="ada")
    iam.get_user(UserName="ada")
    with pytest.raises(ClientError):
        iam.get_user(UserName="nobody")
    user = cloud.create_user("grace", account=account.account_id)
    with pytest.raises(ClientError):
        aws("iam", user).delete_user(UserName="ada")
    found = [
        (each["eventName"], each["readOnly"], each.get("errorCode"), each["userIdentity"]["type"])
        for each in events()
    ]
    assert found == [
        ("CreateUser", False, None, "Root"),
        ("GetUser", True, None, "Root"),
        ("GetUser", True, "NoSuchEntity", "Root"),
        ("DeleteUser", False, "AccessDenied", "IAMUser"),
    ]


def test_an_event_is_in_cloudtrails_format(aws, account, events):
    made = aws("s3", account).create_bucket(Bucket=f"b-{uuid.uuid4().hex}")
    [event] = events()
    assert event["eventVersion"] == "1.11"
    assert event["sourceIPAddress"] == "127.0.0.1"
    assert event["userAgent"].startswith("Boto3/")
    assert event["requestID"] == made["ResponseMetadata"]["RequestId"]
    assert event["additionalEventData"] == {
        "SignatureVersion": "SigV4",
        "AuthenticationMethod": "AuthHeader",
    }
    assert event["userIdentity"] == {
        "type": "Root",
        "principalId": account.account_id,
        "arn": f"arn:aws:iam::{account.account_id}:root",
        "accountId": account.account_id,
        "accessKeyId": account.access_key_id,
    }


def test_data_calls_leave_nothing_unless_a_trail_asks(aws, account, events):
    s3, bucket = aws("s3", account), f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.list_objects_v2(Bucket=bucket)
    assert [each["eventName"] for each in events()] == ["CreateBucket"]


def test_a_role_in_another_account_is_recorded_in_both(aws, cloud, account, other, events):
    role = aws("iam", other).create_role(
        RoleName=f"reader-{uuid.uuid4().hex[:6]}",
        AssumeRolePolicyDocument=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": account.account_id},
                "Action": "sts:AssumeRole",
            }
        ),
    )["Role"]
    ada = cloud.create_user("ada", account=account.account_id, policies=[EVERYTHING])
    sts = aws("sts", ada)
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="night")["Credentials"]
    own = [each for each in events() if each["eventName"] == "AssumeRole"]
    # Other tests use the second account, too.
    shared = {each["sharedEventID"] for each in own}
    theirs = [each for each in events(other.account_id) if each.get("sharedEventID") in shared]
    assert len(own) == len(theirs) == 1
    assert own[0]["sharedEventID"] == theirs[0]["sharedEventID"]
    assert own[0]["eventID"] != theirs[0]["eventID"]
    assert own[0]["responseElements"]["credentials"]["accessKeyId"] == given["AccessKeyId"]

    session = aws(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    session.get_caller_identity()
    identity = events(other.account_id)[-1]["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == role["Arn"]
    assert identity["sessionContext"]["attributes"]["creationDate"].endswith("Z")


def test_a_refused_call_is_not_put_into_the_log_of_another_account(aws, account, other, events):
    before = len(events(other.account_id))
    bucket = f"b-{uuid.uuid4().hex}"
    aws("s3", other).create_bucket(Bucket=bucket)
    with pytest.raises(ClientError):
        aws("s3", account).get_bucket_versioning(Bucket=bucket)
    assert [each["errorCode"] for each in events()] == ["AccessDenied"]
    assert len(events(other.account_id)) == before + 1, "the bucket made"


def test_a_wrong_signature_is_recorded_without_an_account(aws, account, events):
    wrong = aws("iam", account, aws_secret_access_key="wrong" * 8)
    with pytest.raises(ClientError):
        wrong.list_users()
    assert events() == []
    event = events(CLOUD)[-1]
    assert event["errorCode"] == "SignatureDoesNotMatch"
    assert "\n" not in event["errorMessage"]
    assert event["userIdentity"] == {"type": "Unknown", "accessKeyId": account.access_key_id}


def test_nobody_is_recorded_as_nobody(aws, events):
    nobody = aws("iam", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError):
        nobody.list_users()
    identity = events(CLOUD)[-1]["userIdentity"]
    assert identity == {
        "type": "AWSAccount",
        "principalId": "",
        "accountId": "ANONYMOUS_PRINCIPAL",
    }


def test_what_nobody_may_do_is_in_the_owners_log(aws, account, events):
    s3, bucket = aws("s3", account), f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    resource = {"Action": "s3:GetBucketLocation", "Resource": f"arn:aws:s3:::{bucket}"}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(ANYBODY | resource))
    aws("s3", config=Config(signature_version=UNSIGNED)).get_bucket_location(Bucket=bucket)
    assert events()[-1]["eventName"] == "GetBucketLocation"
    assert events()[-1]["userIdentity"]["accountId"] == "ANONYMOUS_PRINCIPAL"


def test_operations_that_are_not_written_are_recorded_as_refused(aws, account, events):
    with pytest.raises(ClientError):
        aws("cloudtrail", account).list_channels()
    assert [(each["eventName"], each["errorCode"]) for each in events()] == [
        ("ListChannels", "NotImplemented")
    ]


def test_secrets_are_never_recorded(aws, account, cloud, events):
    """Passwords, secret keys and tokens, that were sent, given out or refused."""
    iam, sts = aws("iam", account), aws("sts", account)
    password, refused, changed = (f"pAssw0rd-{uuid.uuid4().hex}!" for _ in range(3))
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    iam.create_login_profile(UserName="ada", Password=password)
    iam.update_login_profile(UserName="ada", Password=changed)
    with pytest.raises(ClientError):
        iam.create_login_profile(UserName="nobody", Password=refused)
    iam.create_role(
        RoleName="reader",
        AssumeRolePolicyDocument=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": account.account_id},
                "Action": "sts:AssumeRole",
            }
        ),
    )
    grace = cloud.create_user("grace", account=account.account_id, policies=[EVERYTHING])
    as_grace = aws("sts", grace)
    arn = f"arn:aws:iam::{account.account_id}:role/reader"
    given = [
        as_grace.assume_role(RoleArn=arn, RoleSessionName="night")["Credentials"],
        as_grace.get_session_token()["Credentials"],
        as_grace.get_federation_token(Name="guest")["Credentials"],
    ]
    token = given[0]["SessionToken"]
    with pytest.raises(ClientError):
        aws(
            "iam",
            aws_access_key_id=given[0]["AccessKeyId"],
            aws_secret_access_key="wrong" * 8,
            aws_session_token=token,
        ).list_users()
    with pytest.raises(ClientError):
        sts.assume_role_with_web_identity(
            RoleArn=arn, RoleSessionName="night", WebIdentityToken=f"header.{token[:40]}.signature"
        )
    kept, bare, rotated = keep_secrets(aws, account)
    secrets = {
        kept,
        bare,
        *rotated,
        password,
        refused,
        changed,
        key["SecretAccessKey"],
        token,
        token[:40],
    }
    secrets.add(grace.secret_access_key)
    secrets |= {each["SecretAccessKey"] for each in given}
    secrets |= {each["SessionToken"] for each in given}
    recorded = json.dumps(events()) + json.dumps(events(CLOUD))
    assert len(events()) > 8
    written = {json.dumps(secret)[1:-1] for secret in secrets}
    assert [secret for secret in written if secret in recorded] == []
    assert "HIDDEN_DUE_TO_SECURITY_REASONS" in recorded


def keep_secrets(aws, account):
    """Keep, read, rotate and refuse secrets; return what was secret: a text, and what was drawn."""
    secretsmanager, ssm = aws("secretsmanager", account), aws("ssm", account)
    kept, bare = f"treasure-{uuid.uuid4().hex}", f"treasure-{uuid.uuid4().hex}"
    secretsmanager.create_secret(Name="db", SecretString=kept, Type="RandomPassword")
    secretsmanager.put_secret_value(SecretId="db", SecretBinary=bare.encode())
    secretsmanager.update_secret(SecretId="db", SecretString=kept)
    with pytest.raises(ClientError):
        secretsmanager.create_secret(Name="db", SecretString=kept)
    with pytest.raises(ClientError):
        secretsmanager.create_secret(Name="no such name", SecretString=kept)
    secretsmanager.rotate_secret(SecretId="db")
    secretsmanager.batch_get_secret_value(SecretIdList=["db"])
    drawn = secretsmanager.get_random_password()["RandomPassword"]
    rotated = secretsmanager.get_secret_value(SecretId="db")["SecretString"]
    ssm.put_parameter(Name="/db", Value=kept, Type="SecureString")
    ssm.put_parameter(Name="/plain", Value=bare, Type="String")
    ssm.get_parameter(Name="/db", WithDecryption=True)
    with pytest.raises(ClientError):
        ssm.put_parameter(Name="/db", Value=kept, Type="SecureString", AllowedPattern="x+")
    return kept, bare, [drawn, rotated]


def test_the_whole_log_is_intact(cloud):
    async def verify():
        return [found async for found in cloud.engines.audit.verification.findings()]

    found = cloud.run(verify())
    assert found[0].account_id == CLOUD
    assert [each.problem for each in found] == [""] * len(found)
