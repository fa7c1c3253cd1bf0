"""What ends credentials ends them at once, whatever they are in the middle of."""

import json

import pytest

from ..statements import allow, document, trusting

CODES = {"InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException"}


@pytest.fixture
def worker(aws, make_user, make_role):
    """A role, and temporary credentials of it: the role's name and the credentials."""
    arn = make_role(trusting({"AWS": "*"}), allow("s3:*"))
    sts = aws("sts", make_user(allow("sts:AssumeRole")))
    return arn.rpartition("/")[2], sts.assume_role(RoleArn=arn, RoleSessionName="work")


def test_sessions_of_a_deleted_role(iam, worker, as_session, refused, make_role):
    name, issued = worker
    s3, sts = as_session("s3", issued), as_session("sts", issued)
    dynamodb = as_session("dynamodb", issued)
    s3.list_buckets()
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)
    for operation in (s3.list_buckets, sts.get_caller_identity, dynamodb.list_tables):
        assert refused(operation)[0] in CODES
    # Neither does another role of the same name revive them.
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusting({"AWS": "*"})))
    iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document(allow("*")))
    )
    assert refused(sts.get_caller_identity)[0] in CODES


def test_deactivated_key(aws, iam, make_user, refused):
    alice = make_user(allow("s3:*"))
    s3, sts = aws("s3", alice), aws("sts", alice)
    s3.list_buckets()
    key = {"UserName": alice.name, "AccessKeyId": alice.access_key_id}
    iam.update_access_key(**key, Status="Inactive")
    assert refused(s3.list_buckets)[0] == "InvalidAccessKeyId"
    assert refused(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    iam.update_access_key(**key, Status="Active")
    s3.list_buckets()
    iam.delete_access_key(**key)
    assert refused(s3.list_buckets)[0] == "InvalidAccessKeyId"


def test_sessions_of_a_deleted_user(aws, iam, make_user, as_session, refused):
    alice = make_user(allow("*"))
    token = aws("sts", alice).get_session_token()
    guest = aws("sts", alice).get_federation_token(
        Name="guest", Policy=json.dumps(document(allow("s3:*")))
    )
    for issued in (token, guest):
        as_session("s3", issued).list_buckets()
    for name in iam.list_user_policies(UserName=alice.name)["PolicyNames"]:
        iam.delete_user_policy(UserName=alice.name, PolicyName=name)
    # What is taken from the user is taken from both.
    for issued in (token, guest):
        assert refused(as_session("s3", issued).list_buckets)[0] == "AccessDenied"
    iam.delete_access_key(UserName=alice.name, AccessKeyId=alice.access_key_id)
    iam.delete_user(UserName=alice.name)
    for issued in (token, guest):
        assert refused(as_session("sts", issued).get_caller_identity)[0] in CODES


def test_signed_out_everywhere(aws, cloud, make_user, as_session, refused):
    alice = make_user(allow("s3:*"))
    issued = aws("sts", alice).get_session_token()
    as_session("s3", issued).list_buckets()
    user_id = aws("sts", alice).get_caller_identity()["UserId"]
    assert cloud.run(cloud.engines.sessions.end_all(alice.account_id, user_id)) == 1
    assert refused(as_session("s3", issued).list_buckets)[0] in CODES
    aws("s3", alice).list_buckets()


def test_expired_session(session, as_session, let_expire, refused):
    issued = session(allow("*"))
    as_session("s3", issued).list_buckets()
    let_expire(issued)
    for service, operation, code in (
        ("s3", "list_buckets", "ExpiredToken"),
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("dynamodb", "list_tables", "ExpiredTokenException"),
        ("iam", "list_users", "ExpiredToken"),
    ):
        assert refused(getattr(as_session(service, issued), operation))[0] == code


def test_expired_session_begins_no_other(session, as_session, let_expire, make_role, refused):
    issued = session(allow("sts:*"))
    let_expire(issued)
    sts = as_session("sts", issued)
    arn = make_role(trusting({"AWS": "*"}))
    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="on")[0] == "ExpiredToken"


def test_rights_taken_from_a_role_are_taken_from_its_sessions(iam, worker, as_session, refused):
    name, issued = worker
    s3 = as_session("s3", issued)
    s3.list_buckets()
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="stop", PolicyDocument=json.dumps(document(deny)))
    assert refused(s3.list_buckets)[0] == "AccessDenied"
