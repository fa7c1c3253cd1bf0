"""Every S3 operation asks policies: nothing without them, and enough with the actions that the
Service Authorization Reference names for it, on the resource that it is about."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from xml.etree import ElementTree

import httpx
import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

from .permissions import (
    CORS,
    ENCRYPTION,
    FURTHER,
    LIFECYCLE,
    OF_NOBODY,
    OPERATIONS,
    TAGS,
    WEBSITE,
    inventory,
)


def statement(actions, *resources, effect="Allow", **more):
    named = [f"s3:{action}" for action in actions]
    return {"Effect": effect, "Action": named, "Resource": list(resources), **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture
def at(s3):
    """A bucket of the account with an object and an upload, and another that is empty."""
    name = f"lab-{uuid.uuid4().hex[:12]}"
    empty = f"{name}-empty"
    for bucket in (name, empty):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=name, Key="key", Body=b"data")
    s3.put_bucket_tagging(Bucket=name, Tagging=TAGS)
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=ENCRYPTION)
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    where = {"Bucket": name, "Key": "key"}
    upload = where | {"UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"part")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    )
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    locked = {"Bucket": name, "Key": "locked"}
    version = s3.put_object(**locked, Body=b"data")["VersionId"]
    s3.put_object_retention(**locked, Retention=retention)
    s3.put_object_legal_hold(**locked, LegalHold={"Status": "OFF"})
    archived = {"Bucket": name, "Key": "archived"}
    s3.put_object(**archived, Body=b"data", StorageClass="GLACIER")
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=LIFECYCLE)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration=CORS)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={})
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=WEBSITE)
    s3.put_bucket_inventory_configuration(
        Bucket=name, Id="list", InventoryConfiguration=inventory(name)
    )
    s3.put_bucket_metrics_configuration(Bucket=name, Id="all", MetricsConfiguration={"Id": "all"})
    public = statement(["GetObject"], f"arn:aws:s3:::{name}/public/*", Principal="*")
    policy = json.dumps(document(public))
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    return SimpleNamespace(
        name=name,
        empty=empty,
        bucket={"Bucket": name},
        object=where,
        upload=upload,
        part={"ETag": part["ETag"], "PartNumber": 1},
        archived=archived,
        locked=locked,
        locked_version=version,
        retention=retention,
        policy=policy,
        everything=[f"arn:aws:s3:::{name}*", f"arn:aws:s3:::{name}*/*"],
    )


@pytest.fixture
def user(aws, cloud):
    """``user(documents...)``: S3 as a new user with these policies."""

    def make(*policies):
        name = f"student-{uuid.uuid4().hex[:12]}"
        return aws("s3", cloud.create_user(name, policies=policies))

    return make


def post_object(client, **parameters):
    """Post a form that the client signs."""
    form = client.generate_presigned_post(**parameters)
    answer = httpx.post(form["url"], data=form["fields"], files={"file": b"new"}, trust_env=False)
    if answer.status_code >= 400:
        code = ElementTree.fromstring(answer.content).findtext("Code")
        raise ClientError({"Error": {"Code": code}}, "PostObject")
    return {}


NEVER_THERE = {
    ("get_object_torrent", "NoSuchKey"),
    ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
}
"""How operations end well that find nothing, whoever asks."""


def refused(client, operation, parameters):
    """Tell whether an operation is refused for want of permission."""
    try:
        if operation == "post_object":
            answer = post_object(client, **parameters)
        else:
            answer = getattr(client, operation)(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("AccessDenied", "403"):
            return True
        if (operation, code) in NEVER_THERE:
            return False
        raise
    if "Payload" in answer:
        answer["Payload"].close()
    return any(each["Code"] == "AccessDenied" for each in answer.get("Errors", ()))


def test_every_operation_is_listed_here():
    handlers = {service.name: set(service.handlers) for service in aws_services(build_in_memory())}
    assert set(OPERATIONS) | OF_NOBODY == handlers["s3"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_actions_and_no_more(at, user, operation):
    parameters, on_bucket, on_objects = OPERATIONS[operation]
    needed = [*on_bucket, *on_objects]
    assert refused(user(), operation, parameters(at))
    for missing in needed:
        others = document(
            {
                "Effect": "Allow",
                "NotAction": f"s3:{missing}",
                "Resource": "*",
            }
        )
        assert refused(user(others), operation, parameters(at)), f"without {missing}"
    statements = []
    if on_bucket:
        resources = "*" if operation == "list_buckets" else f"arn:aws:s3:::{at.name}*"
        statements.append(statement(on_bucket, resources))
    if on_objects:
        statements.append(statement(on_objects, f"arn:aws:s3:::{at.name}/*"))
    assert not refused(user(document(*statements)), operation, parameters(at))


@pytest.mark.parametrize("case", FURTHER)
def test_a_variant_needs_further_actions(at, user, case):
    operation, parameters, needed = FURTHER[case]
    for missing in needed:
        rest = [action for action in needed if action != missing]
        policies = [document(statement(rest, *at.everything))] if rest else []
        assert refused(user(*policies), operation, parameters(at)), f"without {missing}"
    enough = user(document(statement(needed, *at.everything)))
    assert not refused(enough, operation, parameters(at))


def test_a_refusal_names_who_what_and_why(at, user):
    with pytest.raises(ClientError) as caught:
        user().get_object(**at.object)
    message = caught.value.response["Error"]["Message"]
    assert "s3:GetObject" in message
    assert f"arn:aws:s3:::{at.name}/key" in message
    assert "no identity-based policy allows" in message


def test_an_explicit_deny_wins(at, user):
    everything = statement(["*"], "*")
    not_the_key = statement(["GetObject"], f"arn:aws:s3:::{at.name}/key", effect="Deny")
    client = user(document(everything, not_the_key))
    assert not refused(client, "list_objects_v2", at.bucket)
    assert refused(client, "get_object", at.object)


def test_without_list_a_missing_key_is_not_told_from_a_forbidden_one(at, user):
    reader = user(document(statement(["GetObject"], *at.everything)))
    assert refused(reader, "get_object", at.bucket | {"Key": "missing"})
    lister = user(document(statement(["GetObject", "ListBucket"], *at.everything)))
    with pytest.raises(lister.exceptions.NoSuchKey):
        lister.get_object(**at.bucket, Key="missing")


@pytest.mark.parametrize(
    ("condition", "parameters", "allowed"),
    [
        ({"StringEquals": {"s3:prefix": "mine/"}}, {"Prefix": "mine/"}, True),
        ({"StringEquals": {"s3:prefix": "mine/"}}, {"Prefix": "yours/"}, False),
        ({"StringEquals": {"s3:prefix": "mine/"}}, {}, False),
        ({"StringLike": {"s3:prefix": "${aws:username}*"}}, {"Prefix": "student-"}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"MaxKeys": 11}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, True),
    ],
)
def test_conditions_on_the_request_count(at, user, condition, parameters, allowed):
    client = user(document(statement(["ListBucket"], *at.everything, Condition=condition)))
    assert refused(client, "list_objects_v2", at.bucket | parameters) is not allowed


def test_a_home_folder_for_each_user_by_a_policy_variable(aws, cloud, at):
    home = document(
        statement(["PutObject", "GetObject"], f"arn:aws:s3:::{at.name}/home/${{aws:username}}/*")
    )
    name = f"student-{uuid.uuid4().hex[:12]}"
    client = aws("s3", cloud.create_user(name, policies=[home]))
    client.put_object(**at.bucket, Key=f"home/{name}/notes", Body=b"mine")
    assert client.get_object(**at.bucket, Key=f"home/{name}/notes")["Body"].read() == b"mine"
    assert refused(client, "put_object", at.bucket | {"Key": "home/other/notes"})


def test_tags_of_the_object_decide(at, user, s3):
    condition = {"StringEquals": {"s3:ExistingObjectTag/public": "yes"}}
    client = user(document(statement(["GetObject"], *at.everything, Condition=condition)))
    assert refused(client, "get_object", at.object)
    s3.put_object_tagging(**at.object, Tagging={"TagSet": [{"Key": "public", "Value": "yes"}]})
    assert not refused(client, "get_object", at.object)
