"""Bucket policies: a bucket says itself who may use it, in IAM's language."""

import json
import uuid

import httpx
import pytest
from botocore.exceptions import ClientError


def policy_of(bucket, *statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(bucket, principal, actions, path="/*", **more):
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": f"arn:aws:s3:::{bucket}{path}",
        **more,
    }


def code(caught):
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def put_policy(s3, bucket):
    def put(*statements):
        s3.put_bucket_policy(Bucket=bucket, Policy=policy_of(bucket, *statements))

    return put


def test_a_policy_comes_back_as_it_was_given(s3, bucket):
    text = policy_of(bucket, allow(bucket, "*", "s3:GetObject"))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == text
    s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(ClientError) as caught:
        s3.get_bucket_policy(Bucket=bucket)
    assert code(caught) == "NoSuchBucketPolicy"


def test_published_objects_are_read_by_anybody(s3, bucket, put_policy, cloud):
    s3.put_object(Bucket=bucket, Key="open/a", Body=b"for all")
    s3.put_object(Bucket=bucket, Key="kept/a", Body=b"for us")
    put_policy(allow(bucket, "*", "s3:GetObject", "/open/*"))
    assert httpx.get(f"{cloud.url}/{bucket}/open/a").content == b"for all"
    assert httpx.get(f"{cloud.url}/{bucket}/kept/a").status_code == 403
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]


def test_a_condition_narrows_what_is_public(s3, bucket, put_policy, cloud):
    s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    put_policy(allow(bucket, "*", "s3:GetObject", Condition=here))
    assert httpx.get(f"{cloud.url}/{bucket}/a").status_code == 200
    assert not s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    elsewhere = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    put_policy(allow(bucket, "*", "s3:GetObject", Condition=elsewhere))
    assert httpx.get(f"{cloud.url}/{bucket}/a").status_code == 403


def test_a_user_of_the_account_needs_no_policy_of_its_own(aws, cloud, s3, bucket, put_policy):
    name = f"student-{uuid.uuid4().hex[:12]}"
    client = aws("s3", cloud.create_user(name))
    s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    user = f"arn:aws:iam::{cloud.credentials.account_id}:user/{name}"
    put_policy(allow(bucket, {"AWS": user}, "s3:GetObject"))
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"data"
    with pytest.raises(ClientError) as caught:
        client.put_object(Bucket=bucket, Key="a")
    assert code(caught) == "AccessDenied"


def test_a_deny_stops_even_the_root_but_never_locks_it_out(s3, bucket, put_policy):
    s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    deny = allow(bucket, "*", "s3:*") | {"Effect": "Deny"}
    deny["Resource"] = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    put_policy(deny)
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="a")
    assert code(caught) == "AccessDenied"
    s3.delete_bucket_policy(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"data"


def test_another_account_needs_both_sides(aws, cloud, s3, other, bucket, put_policy):
    s3.put_object(Bucket=bucket, Key="a", Body=b"data")
    root = aws("s3", other)
    name = f"guest-{uuid.uuid4().hex[:12]}"
    plain = aws("s3", cloud.create_user(name, account=other.account_id))
    with pytest.raises(ClientError) as caught:
        root.get_object(Bucket=bucket, Key="a")
    assert code(caught) == "AccessDenied"
    put_policy(allow(bucket, {"AWS": other.account_id}, "s3:GetObject"))
    assert root.get_object(Bucket=bucket, Key="a")["Body"].read() == b"data"
    with pytest.raises(ClientError) as caught:
        plain.get_object(Bucket=bucket, Key="a")
    assert code(caught) == "AccessDenied"
    allowed = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    name = f"guest-{uuid.uuid4().hex[:12]}"
    user = aws("s3", cloud.create_user(name, account=other.account_id, policies=[allowed]))
    assert user.get_object(Bucket=bucket, Key="a")["Body"].read() == b"data"


def test_another_account_cannot_set_the_policy_even_where_it_may_do_all(
    aws, s3, other, bucket, put_policy
):
    put_policy(
        allow(bucket, {"AWS": other.account_id}, "s3:*")
        | {"Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    )
    with pytest.raises(ClientError) as caught:
        aws("s3", other).put_bucket_policy(
            Bucket=bucket, Policy=policy_of(bucket, allow(bucket, "*", "s3:GetObject"))
        )
    assert code(caught) == "MethodNotAllowed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"Statement": []',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}',
        json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": "arn:aws:s3:::another-bucket/*",
                    }
                ]
            }
        ),
        json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "iam:CreateUser",
                        "Resource": "*",
                    }
                ]
            }
        ),
    ],
)
def test_what_is_no_policy_of_this_bucket_is_refused_and_changes_nothing(s3, bucket, text):
    before = policy_of(bucket, allow(bucket, "*", "s3:GetObject"))
    s3.put_bucket_policy(Bucket=bucket, Policy=before)
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert code(caught) in ("MalformedPolicy", "MissingRequestBodyError")
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == before
