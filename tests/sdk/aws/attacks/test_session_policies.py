"""Session policies take away; they never give."""

import json

import pytest

from ..statements import allow, document, trusting

GET = "s3:GetObject"


@pytest.fixture
def role(make_role):
    return make_role(trusting({"AWS": "*"}), allow("s3:ListAllMyBuckets", "dynamodb:ListTables"))


@pytest.fixture
def limited(aws, make_user, role):
    """Takes the role with a session policy."""
    sts = aws("sts", make_user(allow("sts:AssumeRole")))

    def make(*statements, **options):
        if statements:
            options["Policy"] = json.dumps(document(*statements))
        return sts.assume_role(RoleArn=role, RoleSessionName="work", **options)

    return make


@pytest.mark.parametrize(
    "options",
    [
        {"Policy": json.dumps(document(allow("*")))},
        {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}]},
    ],
)
def test_a_session_policy_does_not_widen(limited, as_session, refused, options, bucket):
    issued = limited(**options)
    as_session("s3", issued).list_buckets()
    assert refused(as_session("iam", issued).list_users)[0] == "AccessDenied"
    put = as_session("s3", issued).put_object
    assert refused(put, Bucket=bucket, Key="x", Body=b"x")[0] == "AccessDenied"


def test_a_session_policy_narrows(limited, as_session, refused):
    issued = limited(allow("dynamodb:*"))
    as_session("dynamodb", issued).list_tables()
    assert refused(as_session("s3", issued).list_buckets)[0] == "AccessDenied"


def test_a_bucket_policy_for_the_role_stays_within_the_session_policy(
    s3, bucket, role, limited, as_session, refused
):
    s3.put_object(Bucket=bucket, Key="key", Body=b"data")
    resource = f"arn:aws:s3:::{bucket}/*"
    policy = document(
        {"Effect": "Allow", "Principal": {"AWS": role}, "Action": GET, "Resource": resource}
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    wanted = {"Bucket": bucket, "Key": "key"}
    as_session("s3", limited()).get_object(**wanted)
    as_session("s3", limited(allow(GET))).get_object(**wanted)
    narrow = as_session("s3", limited(allow("s3:ListBucket")))
    assert refused(narrow.get_object, **wanted)[0] == "AccessDenied"


def test_a_deny_in_a_session_policy_beats_a_bucket_policy_for_the_session(
    s3, bucket, role, limited, as_session, refused, cloud
):
    s3.put_object(Bucket=bucket, Key="key", Body=b"data")
    name = role.rpartition("/")[2]
    arn = f"arn:aws:sts::{cloud.credentials.account_id}:assumed-role/{name}/work"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": arn},
        "Action": GET,
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(statement)))
    wanted = {"Bucket": bucket, "Key": "key"}
    # A policy that names the session itself adds to it ...
    as_session("s3", limited(allow("s3:ListBucket"))).get_object(**wanted)
    # ... but nothing is stronger than a deny.
    deny = {"Effect": "Deny", "Action": GET, "Resource": "*"}
    denied = as_session("s3", limited(allow("s3:*"), deny))
    assert refused(denied.get_object, **wanted)[0] == "AccessDenied"
