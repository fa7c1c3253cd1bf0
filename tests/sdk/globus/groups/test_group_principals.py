"""Groups as principals: a bucket's policy and a role's trust policy that name one."""

import json
import uuid

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from globus_sdk import GroupsManager

from lenticular.primitives.people import NewProvider


@pytest.fixture
def aws(cloud):
    """``aws("s3", key)``: a boto3 client."""
    made = []

    def client(service, credentials=None):
        config = Config(retries={"max_attempts": 1})
        made.append(boto3.client(service, **cloud.boto3(credentials), config=config))
        return made[-1]

    yield client
    for one in made:
        one.close()


def allow(action, **more):
    return {"Effect": "Allow", "Action": action, **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def group_principal(group):
    return {"Globus": f"urn:globus:groups:id:{group}"}


def denied(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_bucket_for_a_group(cloud, aws, groups_of, ada, group):
    """From being added until being removed, a member reads what the bucket's policy gives."""
    member = cloud.create_user(f"member-{uuid.uuid4().hex[:6]}")
    owner, theirs = aws("s3"), aws("s3", member)
    bucket = f"shared-{uuid.uuid4().hex[:8]}"
    owner.create_bucket(Bucket=bucket)
    owner.put_object(Bucket=bucket, Key="data", Body=b"for the group")
    statement = allow(
        "s3:GetObject", Principal=group_principal(group), Resource=f"arn:aws:s3:::{bucket}/*"
    )
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(statement)))
    wanted = {"Bucket": bucket, "Key": "data"}
    manager = GroupsManager(groups_of(ada))
    assert denied(theirs.get_object, **wanted) == "AccessDenied"
    manager.invite_member(group, member.identity_id)
    assert denied(theirs.get_object, **wanted) == "AccessDenied", "invited is not in"
    manager.add_member(group, member.identity_id)
    assert theirs.get_object(**wanted)["Body"].read() == b"for the group"
    assert denied(theirs.put_object, **wanted, Body=b"") == "AccessDenied"
    manager.remove_member(group, member.identity_id)
    assert denied(theirs.get_object, **wanted) == "AccessDenied", "at once"


def test_a_member_of_a_subgroup_is_a_member(cloud, aws, groups_of, ada, group):
    member = cloud.create_user(f"member-{uuid.uuid4().hex[:6]}")
    owner, theirs = aws("s3"), aws("s3", member)
    bucket = f"shared-{uuid.uuid4().hex[:8]}"
    owner.create_bucket(Bucket=bucket)
    statement = allow(
        "s3:ListBucket", Principal=group_principal(group), Resource=f"arn:aws:s3:::{bucket}"
    )
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(statement)))
    manager = GroupsManager(groups_of(ada))
    below = manager.create_group("Below", "Part of it", parent_id=group)["id"]
    manager.add_member(below, member.identity_id)
    assert theirs.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_role_for_a_group(cloud, aws, groups_of, ada, group):
    """Across accounts both sides must say yes: the role's trust, and the member's own policies."""
    account = cloud.create_account(f"elsewhere-{uuid.uuid4().hex[:6]}").account_id
    may = document(allow("sts:AssumeRole", Resource="*"))
    name = f"member-{uuid.uuid4().hex[:6]}"
    member = cloud.create_user(name, account=account, policies=[may])
    trust = document(allow("sts:AssumeRole", Principal=group_principal(group)))
    role = aws("iam").create_role(
        RoleName=f"for-a-group-{uuid.uuid4().hex[:6]}", AssumeRolePolicyDocument=json.dumps(trust)
    )["Role"]["Arn"]
    wanted = {"RoleArn": role, "RoleSessionName": "visit"}
    sts = aws("sts", member)
    assert denied(sts.assume_role, **wanted) == "AccessDenied"
    GroupsManager(groups_of(ada)).add_member(group, member.identity_id)
    assumed = sts.assume_role(**wanted)
    assert assumed["AssumedRoleUser"]["Arn"].endswith("/visit")


def test_a_bucket_for_an_identity_from_elsewhere(cloud, aws):
    """Whoever has linked the identity that a policy names is meant by it."""
    people = cloud.engines.people
    domain = f"uni-{uuid.uuid4().hex[:6]}.example"
    new = NewProvider(name=domain.partition(".")[0], issuer=f"https://{domain}", client_id="c")
    cloud.run(people.providers.create(new))
    identity = cloud.run(people.provision(f"ada@{domain}"))
    member = cloud.create_user(f"member-{uuid.uuid4().hex[:6]}")
    owner, theirs = aws("s3"), aws("s3", member)
    bucket = f"shared-{uuid.uuid4().hex[:8]}"
    owner.create_bucket(Bucket=bucket)
    statement = allow(
        "s3:ListBucket",
        Principal={"Globus": f"urn:globus:auth:identity:{identity.identity_id}"},
        Resource=f"arn:aws:s3:::{bucket}",
    )
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document(statement)))
    assert denied(theirs.list_objects_v2, Bucket=bucket) == "AccessDenied"
    cloud.run(people.link_username(member.identity_id, identity.username))
    assert theirs.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    cloud.run(people.unlink(member.identity_id, identity.identity_id))
    assert denied(theirs.list_objects_v2, Bucket=bucket) == "AccessDenied"
