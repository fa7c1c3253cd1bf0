"""AssumeRole: temporary credentials that work, within what was passed."""

import json
from datetime import UTC, datetime, timedelta

from botocore import UNSIGNED
from botocore.config import Config

from ..statements import allow, document, trusting

ASSUME = allow("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
ALL = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def test_credentials_of_a_role(aws, cloud, make_user, make_role, as_session):
    account_id = cloud.credentials.account_id
    arn = make_role(trusting({"AWS": account_id}), allow("s3:ListAllMyBuckets"))
    name = arn.rpartition("/")[2]
    alice = make_user(ASSUME)
    issued = aws("sts", alice).assume_role(RoleArn=arn, RoleSessionName="night")
    assert issued["AssumedRoleUser"]["Arn"] == (
        f"arn:aws:sts::{account_id}:assumed-role/{name}/night"
    )
    assert issued["AssumedRoleUser"]["AssumedRoleId"].endswith(":night")
    assert issued["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert "PackedPolicySize" not in issued
    left = issued["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)
    identity = as_session("sts", issued).get_caller_identity()
    assert identity["Arn"] == issued["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == issued["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["Account"] == account_id
    assert "Buckets" in as_session("s3", issued).list_buckets()


def test_the_session_may_what_the_role_may(make_user, make_role, aws, as_session, refused):
    arn = make_role(trusting({"AWS": "*"}), allow("dynamodb:ListTables"))
    issued = aws("sts", make_user(ASSUME, allow("s3:*"))).assume_role(
        RoleArn=arn, RoleSessionName="night"
    )
    assert "TableNames" in as_session("dynamodb", issued).list_tables()
    code, message = refused(as_session("s3", issued).list_buckets)
    assert code == "AccessDenied"
    assert "s3:ListAllMyBuckets" in message


def test_everything_that_can_be_passed(aws, make_user, make_role, as_session, refused, bucket):
    policy = document(allow("s3:*", resource=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*"))
    arn = make_role(trusting({"AWS": "*"}, *ALL), allow("s3:*"))
    issued = aws("sts", make_user(ASSUME)).assume_role(
        RoleArn=arn,
        RoleSessionName="night",
        DurationSeconds=900,
        Policy=json.dumps(policy),
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"}],
        Tags=[{"Key": "team", "Value": "radio"}],
        TransitiveTagKeys=["team"],
        SourceIdentity="alice",
        ExternalId="k-7",
    )
    assert issued["SourceIdentity"] == "alice"
    assert 0 < issued["PackedPolicySize"] < 100
    s3 = as_session("s3", issued)
    s3.put_object(Bucket=bucket, Key="radio/x", Body=b"x")
    assert refused(s3.put_object, Bucket=bucket, Key="optics/x", Body=b"x")[0] == "AccessDenied"


def test_a_session_token_can_be_made_long(aws, make_user, make_role, as_session):
    arn = make_role(trusting({"AWS": "*"}))
    issued = aws("sts", make_user(ASSUME)).assume_role(
        RoleArn=arn, RoleSessionName="night", MinimumSessionTokenSize=4096
    )
    assert len(issued["Credentials"]["SessionToken"]) == issued["SessionTokenSize"] == 4096
    assert issued["SessionTokenUtilization"] == 100
    as_session("sts", issued).get_caller_identity()


def test_any_region(aws, make_user, make_role, as_session):
    arn = make_role(trusting({"AWS": "*"}))
    sts = aws("sts", make_user(ASSUME), region_name="eu-south-9")
    issued = sts.assume_role(RoleArn=arn, RoleSessionName="night")
    as_session("sts", issued, region_name="ap-east-7").get_caller_identity()


def test_refusals(aws, cloud, make_user, make_role, refused):
    account_id = cloud.credentials.account_id
    arn = make_role(trusting({"AWS": account_id}))
    call = {"RoleArn": arn, "RoleSessionName": "night"}
    alice = make_user()
    code, message = refused(aws("sts", alice).assume_role, **call)
    assert code == "AccessDenied"
    assert message.startswith(
        f"User: {alice.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    )
    sts = aws("sts", make_user(ASSUME))
    for options, expected in (
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"RoleArn": "arn:aws:iam::1:role/nothing-here"}, "ValidationError"),
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Policy": "nonsense"}, "MalformedPolicyDocument"),
        ({"Policy": " " * 2049}, "ValidationError"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "ValidationError"),
        ({"SerialNumber": "arn:aws:iam::1:mfa/x", "TokenCode": "123456"}, "AccessDenied"),
        ({"RoleArn": arn[:-1]}, "AccessDenied"),
    ):
        assert refused(sts.assume_role, **call | options)[0] == expected
    assert refused(aws("sts").assume_role, **call)[0] == "AccessDenied"


def test_too_much_is_passed(aws, make_user, make_role, refused):
    arn = make_role(trusting({"AWS": "*"}, *ALL))
    tags = [{"Key": f"{n:x}" * 9, "Value": f"{n**37:x}"[:256]} for n in range(1000, 1050)]
    code, message = refused(
        aws("sts", make_user(ASSUME)).assume_role, RoleArn=arn, RoleSessionName="night", Tags=tags
    )
    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed size of session tags consumes ")


def test_nobody_takes_no_role(aws, make_role, refused):
    arn = make_role(trusting({"AWS": "*"}))
    sts = aws("sts", config=Config(signature_version=UNSIGNED))
    call = {"RoleArn": arn, "RoleSessionName": "night"}
    for operation, params in (
        (sts.assume_role, call),
        (sts.get_session_token, {}),
        (sts.get_federation_token, {"Name": "guest"}),
        (sts.get_access_key_info, {"AccessKeyId": "AKIA" + "X" * 16}),
        (sts.decode_authorization_message, {"EncodedMessage": "x"}),
    ):
        assert refused(operation, **params)[0] == "MissingAuthenticationToken"
