"""Buckets of this cloud as collections: each with the S3 rights of whoever comes, and no others."""

import json
import uuid

import boto3
import globus_sdk
import pytest

from lenticular.engines.connectors.places import Store
from lenticular.primitives.collections import Details, NewMapped


@pytest.fixture(scope="module")
def bucket(cloud, new_person):
    """A bucket with three objects, of which Rosa may read those below ``open/``."""
    rosa = new_person("rosa")
    s3, iam = (boto3.client(name, **cloud.boto3()) for name in ("s3", "iam"))
    name = f"bucket-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    for key in ("open/a.txt", "open/b.txt", "secret/c.txt"):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    arn = f"arn:aws:s3:::{name}"
    below = {"StringLike": {"s3:prefix": ["open/*", "open"]}}
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/open/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn, "Condition": below},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=rosa.name, PolicyName="open", PolicyDocument=policy)
    new = NewMapped(
        kind="bucket",
        origin=Store(f"s3://{name}"),
        account_id=rosa.account_id,
        details=Details(display_name="A bucket"),
    )
    return rosa, cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


def names(listed):
    return {one["name"] for one in listed}


def test_a_user_lists_what_their_policies_allow(transfer_of, bucket):
    rosa, collection = bucket
    client = transfer_of(rosa)
    assert names(client.operation_ls(collection, path="/open/")) == {"a.txt", "b.txt"}
    with pytest.raises(globus_sdk.TransferAPIError) as error:
        client.operation_ls(collection, path="/secret/")
    assert "PERMISSION_DENIED" in str(error.value) or "PermissionDenied" in error.value.code


def test_another_user_of_the_account_gets_nothing_of_their_rights(transfer_of, grace, bucket):
    _, collection = bucket
    with pytest.raises(globus_sdk.TransferAPIError):
        transfer_of(grace).operation_ls(collection, path="/open/")


def test_what_is_shared_is_read_with_the_sharers_rights(transfer_of, grace, bucket):
    rosa, collection = bucket
    sharing = transfer_of(rosa)
    document = {"host_endpoint": collection, "host_path": "/", "display_name": "Shared"}
    share = sharing.create_shared_endpoint(document)["id"]
    rule = {"principal_type": "identity", "principal": grace.identity_id, "permissions": "rw"}
    sharing.add_endpoint_acl_rule(share, rule | {"path": "/open/"})
    client = transfer_of(grace)
    assert names(client.operation_ls(share, path="/open/")) == {"a.txt", "b.txt"}
    for path in ("/secret/", "/open/../secret/"):
        with pytest.raises(globus_sdk.TransferAPIError):
            client.operation_ls(share, path=path)
    with pytest.raises(globus_sdk.TransferAPIError):  # Rosa may not write there herself
        client.operation_mkdir(share, path="/open/new/")
