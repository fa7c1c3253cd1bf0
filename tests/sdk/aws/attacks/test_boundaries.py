"""Permissions boundaries: who administers within one cannot step out of it, nor let others out.

The delegation of IAM User Guide, "Delegating responsibility to others using permissions
boundaries".
"""

import json

import pytest

from ..statements import allow, document, trusting, unique

ADMIN_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def boundary(make_policy):
    """What delegated administrators, and those they make, may do at most."""
    return make_policy(
        allow("s3:*", "iam:*"), {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    )


@pytest.fixture
def delegate(iam, make_user, boundary):
    """Somebody who may make users and roles, as long as these have the boundary."""
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    guarded = [
        "iam:DeleteUserPermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:DeletePolicy",
    ]
    made = make_user(
        allow(
            "iam:CreateUser",
            "iam:CreateRole",
            "iam:PutUserPolicy",
            "iam:AttachUserPolicy",
            "iam:PutUserPermissionsBoundary",
            "iam:PutRolePermissionsBoundary",
            Condition=bounded,
        ),
        allow("iam:CreateAccessKey", "iam:Get*", "iam:List*", *guarded),
        {"Effect": "Deny", "Action": guarded, "Resource": "*"},
    )
    iam.put_user_permissions_boundary(UserName=made.name, PermissionsBoundary=boundary)
    return made


def test_everybody_made_has_the_boundary(aws, delegate, boundary, make_policy, refused):
    own, name = aws("iam", delegate), unique("made")
    wider = make_policy(allow("*"))
    for options in ({}, {"PermissionsBoundary": wider}, {"PermissionsBoundary": ADMIN_ARN}):
        assert refused(own.create_user, UserName=name, **options)[0] == "AccessDenied"
        trust = json.dumps(trusting({"AWS": delegate.arn}))
        role = {"RoleName": name, "AssumeRolePolicyDocument": trust}
        assert refused(own.create_role, **role, **options)[0] == "AccessDenied"
    own.create_user(UserName=name, PermissionsBoundary=boundary)


def test_whoever_was_made_is_bounded(aws, delegate, boundary, refused):
    own, name = aws("iam", delegate), unique("made")
    own.create_user(UserName=name, PermissionsBoundary=boundary)
    own.attach_user_policy(UserName=name, PolicyArn=ADMIN_ARN)
    key = own.create_access_key(UserName=name)["AccessKey"]
    keys = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    aws("s3", **keys).list_buckets()
    assert refused(aws("dynamodb", **keys).list_tables)[0] == "AccessDeniedException"
    assert refused(aws("s3", **keys).delete_bucket, Bucket="any-bucket")[0] != "BucketNotEmpty"


def test_nobody_sheds_a_boundary(aws, iam, delegate, boundary, make_policy, refused):
    own, name = aws("iam", delegate), unique("made")
    own.create_user(UserName=name, PermissionsBoundary=boundary)
    wider = make_policy(allow("*"))
    for user in (name, delegate.name, delegate.name.upper()):
        for operation, params in (
            (own.delete_user_permissions_boundary, {}),
            (own.put_user_permissions_boundary, {"PermissionsBoundary": wider}),
            (own.put_user_permissions_boundary, {"PermissionsBoundary": ADMIN_ARN}),
        ):
            assert refused(operation, UserName=user, **params)[0] == "AccessDenied"
        found = iam.get_user(UserName=user)["User"]["PermissionsBoundary"]
        assert found["PermissionsBoundaryArn"] == boundary


def test_nobody_moves_a_boundary(aws, iam, delegate, boundary, refused):
    own = aws("iam", delegate)
    anything = json.dumps(document(allow("*")))
    for operation, params in (
        (own.create_policy_version, {"PolicyDocument": anything, "SetAsDefault": True}),
        (own.set_default_policy_version, {"VersionId": "v1"}),
        (own.delete_policy, {}),
    ):
        assert refused(operation, PolicyArn=boundary, **params)[0] == "AccessDenied"
    assert iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"] == "v1"


def test_a_user_that_has_no_boundary_is_not_taken_over(aws, delegate, make_user, refused):
    free = make_user(allow("s3:*"))
    own = aws("iam", delegate)
    attach = own.attach_user_policy
    assert refused(attach, UserName=free.name, PolicyArn=ADMIN_ARN)[0] == "AccessDenied"


def test_a_boundary_gives_nothing(aws, iam, make_user, make_policy, refused):
    alice = make_user()
    everything = make_policy(allow("*"))
    iam.put_user_permissions_boundary(UserName=alice.name, PermissionsBoundary=everything)
    assert refused(aws("s3", alice).list_buckets)[0] == "AccessDenied"


def test_a_boundary_of_a_role_bounds_its_sessions(
    aws, iam, make_user, make_role, make_policy, as_session, refused
):
    limit = make_policy(allow("s3:ListAllMyBuckets"))
    arn = make_role(trusting({"AWS": "*"}), allow("*"), PermissionsBoundary=limit)
    sts = aws("sts", make_user(allow("sts:AssumeRole")))
    issued = sts.assume_role(RoleArn=arn, RoleSessionName="work")
    as_session("s3", issued).list_buckets()
    assert refused(as_session("iam", issued).list_users)[0] == "AccessDenied"
    remove = as_session("iam", issued).delete_role_permissions_boundary
    assert refused(remove, RoleName=arn.rpartition("/")[2])[0] == "AccessDenied"
