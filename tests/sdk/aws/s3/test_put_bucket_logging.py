"""Access logs as a client sees them: read back with csv, and compared with what was done."""

import csv
import io
import json
import re
import time
import uuid

import boto3
import httpx
import pytest
from botocore.config import Config

from lenticular.testing.cloud import running_cloud

OWN_FIELDS = (
    *("owner", "bucket", "time", "zone", "ip", "requester", "id", "operation", "key", "request"),
    *("status", "error", "sent", "size", "total", "processing", "referer", "agent", "version"),
    *("host_id", "signature", "cipher", "authentication", "host", "tls", "access_point", "acl"),
)


def policy(target, source, account="*", prefix="logs/"):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/{prefix}*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
            "StringLike": {"aws:SourceAccount": account},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def logging(target, prefix="logs/", **more):
    return {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix, **more}}


@pytest.fixture
def make_bucket(s3):
    def make(client=s3, **options):
        name = f"logs-{uuid.uuid4().hex[:12]}"
        client.create_bucket(Bucket=name, **options)
        return name

    return make


@pytest.fixture
def target(s3, bucket, cloud, make_bucket):
    """A bucket that takes the log of `bucket`."""
    name = make_bucket()
    s3.put_bucket_policy(Bucket=name, Policy=policy(name, bucket, cloud.credentials.account_id))
    return name


@pytest.fixture
def logged(s3, bucket, target):
    """A bucket whose requests are logged, and whatever was logged so far is delivered."""
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging(target))
    return bucket


@pytest.fixture
def delivered(s3, cloud, target, body):
    """Delivers, and returns the names and the lines of all files."""

    def deliver():
        cloud.run(cloud.engines.storage.access_logs.deliver())
        listed = s3.list_objects_v2(Bucket=target).get("Contents", ())
        keys = [each["Key"] for each in listed]
        text = b"".join(body(s3.get_object(Bucket=target, Key=key)) for key in keys).decode()
        rows = list(csv.reader(io.StringIO(text), delimiter=" ", quotechar='"'))
        assert len(rows) == text.count("\n")
        return keys, [dict(zip(OWN_FIELDS, row, strict=True)) for row in rows]

    return deliver


def test_what_was_done_is_in_the_log(s3, logged, delivered, cloud):
    s3.put_object(Bucket=logged, Key="a b/ü.txt", Body=b"12345")
    s3.get_object(Bucket=logged, Key="a b/ü.txt", Range="bytes=1-2")["Body"].read()
    s3.head_object(Bucket=logged, Key="a b/ü.txt")
    s3.list_objects_v2(Bucket=logged)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=logged, Key="missing")
    s3.copy_object(Bucket=logged, Key="copy", CopySource={"Bucket": logged, "Key": "a b/ü.txt"})
    s3.delete_objects(Bucket=logged, Delete={"Objects": [{"Key": "copy"}, {"Key": "none"}]})
    keys, rows = delivered()
    assert len(keys) == 1
    assert re.fullmatch(r"logs/\d{4}(-\d\d){5}-[0-9A-F]{16}", keys[0])
    told = [(each["operation"], each["key"], each["status"], each["size"]) for each in rows]
    key = "a%20b/%C3%BC.txt"
    assert told == [
        ("REST.PUT.LOGGING_STATUS", "-", "200", "-"),
        ("REST.PUT.OBJECT", key, "200", "5"),
        ("REST.GET.OBJECT", key, "206", "5"),
        ("REST.HEAD.OBJECT", key, "200", "5"),
        ("REST.GET.BUCKET", "-", "200", "-"),
        ("REST.GET.OBJECT", "missing", "404", "-"),
        ("REST.COPY.OBJECT", "copy", "200", "-"),
        ("REST.COPY.OBJECT_GET", key, "200", "-"),
        ("REST.POST.MULTI_OBJECT_DELETE", "-", "200", "-"),
        ("BATCH.DELETE.OBJECT", "copy", "204", "-"),
        ("BATCH.DELETE.OBJECT", "none", "204", "-"),
    ]
    assert {each["bucket"] for each in rows} == {logged}
    got = rows[2]
    assert got["sent"] == "2"
    assert got["ip"] == "127.0.0.1"
    assert got["request"] == f"GET /{logged}/{key} HTTP/1.1"
    assert got["requester"] == got["owner"] == s3.list_buckets()["Owner"]["ID"]
    assert (got["signature"], got["authentication"], got["tls"]) == ("SigV4", "AuthHeader", "-")
    assert got["host"] == cloud.url.removeprefix("http://")
    assert "Boto3/" in got["agent"]
    assert int(got["total"]) >= int(got["processing"]) >= 0
    assert rows[5]["error"] == "NoSuchKey"


def test_users_are_told_by_their_arn_and_strangers_not_at_all(
    s3, aws, logged, delivered, make_user, nobody, stranger
):
    user = make_user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    aws("s3", user).put_object(Bucket=logged, Key="mine", Body=b"")
    for client in (nobody, stranger):
        with pytest.raises(client.exceptions.ClientError):
            client.get_object(Bucket=logged, Key="mine")
    _, (_, own, unsigned, foreign) = delivered()
    assert own["requester"] == user.arn
    assert (unsigned["requester"], unsigned["signature"], unsigned["error"]) == (
        *("-", "-", "AccessDenied"),
    )
    assert foreign["requester"] == stranger.list_buckets()["Owner"]["ID"]
    assert foreign["status"] == "403"


def test_no_header_and_no_key_forges_a_field_or_a_line(s3, logged, delivered, cloud):
    key = 'k" 200 - "\n[forged] "x'
    s3.put_object(Bucket=logged, Key=key, Body=b"")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": logged, "Key": key})
    evil = b'Mozilla" 200 - 9 "- \\" \xff\t x'
    headers = {"User-Agent": evil, "Referer": b'"\\'}
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
    unsigned = f"{cloud.url}/{logged}/a?x=%22%0a&y='"
    assert httpx.get(unsigned, headers=headers, trust_env=False).status_code == 403
    _, rows = delivered()
    assert [each["operation"] for each in rows] == [
        "REST.PUT.LOGGING_STATUS",
        *("REST.PUT.OBJECT", "REST.GET.OBJECT", "REST.GET.OBJECT"),
    ]
    assert rows[1]["key"] == rows[2]["key"] == "k%22%20200%20-%20%22%0A%5Bforged%5D%20%22x"
    assert rows[2]["agent"] == "Mozilla%22 200 - 9 %22- %5C%22 %FF%09 x"
    assert rows[2]["referer"] == "%22%5C"


@pytest.mark.parametrize(("version", "name"), [("s3v4", "X-Amz-Signature"), ("s3", "Signature")])
def test_a_log_holds_nothing_that_lets_its_reader_in(s3, aws, logged, delivered, version, name):
    s3.put_object(Bucket=logged, Key="key", Body=b"data")
    client = aws("s3", config=Config(signature_version=version))
    url = client.generate_presigned_url("get_object", Params={"Bucket": logged, "Key": "key"})
    assert httpx.get(url, trust_env=False).content == b"data"
    _, rows = delivered()
    signature = re.search(f"{name}=([^&]+)", url)[1]
    assert signature not in json.dumps(rows)
    assert f"{name}=REDACTED" in rows[2]["request"]
    assert rows[2]["authentication"] == "QueryString"


def test_tls_is_in_the_log():
    with running_cloud(tls=True) as secure:
        s3 = boto3.client("s3", **secure.boto3())
        s3.create_bucket(Bucket="samples")
        s3.put_bucket_policy(Bucket="samples", Policy=policy("samples", "samples"))
        s3.put_bucket_logging(Bucket="samples", BucketLoggingStatus=logging("samples"))
        files = []
        while not files:  # a request is noted behind its answer
            secure.run(secure.engines.storage.access_logs.deliver())
            files = s3.list_objects_v2(Bucket="samples").get("Contents", [])
        file, *_ = files
        text = s3.get_object(Bucket="samples", Key=file["Key"])["Body"].read().decode()
        s3.close()
    row, *_ = csv.reader(text.splitlines(), delimiter=" ")
    told = dict(zip(OWN_FIELDS, row, strict=True))
    assert told["tls"] == "TLSv1.3"
    assert told["cipher"].startswith("TLS_")


def test_files_are_named_by_day_where_that_is_asked(s3, bucket, target, delivered, cloud):
    form = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    given = logging(target, TargetObjectKeyFormat=form)
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=given)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == given["LoggingEnabled"]
    (key,), rows = delivered()
    assert len(rows) == 2
    where = f"logs/{cloud.credentials.account_id}/us-east-1/{bucket}/"
    assert re.fullmatch(re.escape(where) + r"\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\d-00-00-00-\w+", key)


def test_a_grant_to_the_log_delivery_group_will_do_too(s3, cloud, bucket, make_bucket):
    target = make_bucket(ACL="log-delivery-write", ObjectOwnership="ObjectWriter")
    owner = s3.list_buckets()["Owner"]["ID"]
    grantee = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    given = logging(target, "", TargetGrants=[{"Grantee": grantee, "Permission": "READ"}])
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=given)
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"] == given["LoggingEnabled"]
    cloud.run(cloud.engines.storage.access_logs.deliver())
    (file,) = s3.list_objects_v2(Bucket=target)["Contents"]
    acl = s3.get_object_acl(Bucket=target, Key=file["Key"])
    assert acl["Owner"]["ID"] == owner
    assert {"Grantee": grantee, "Permission": "READ"} in acl["Grants"]


def test_a_target_that_will_not_do_is_refused(s3, aws, bucket, make_bucket, stranger, refused):
    foreign, closed = make_bucket(stranger), make_bucket()
    stranger.put_bucket_policy(Bucket=foreign, Policy=policy(foreign, bucket))
    for name in ("not-there-at-all", foreign, closed):
        with refused("InvalidTargetBucketForLogging") as answer:
            s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging(name))
        assert answer["Error"]["TargetBucket"] == name
    s3.put_bucket_policy(Bucket=closed, Policy=policy(closed, "another"))
    with refused("InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging(closed))
    elsewhere = {"LocationConstraint": "eu-west-1"}
    far = make_bucket(aws("s3", region_name="eu-west-1"), CreateBucketConfiguration=elsewhere)
    with refused("CrossLocationLoggingProhibitted", 403):
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging(far))
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)


def test_only_the_service_is_let_in_by_such_a_policy(s3, logged, target, nobody, refused):
    with refused("AccessDenied", 403):
        nobody.put_object(Bucket=target, Key="logs/forged", Body=b"forged")


def test_a_log_that_its_target_refuses_waits(s3, cloud, logged, target, delivered):
    kept = s3.get_bucket_policy(Bucket=target)["Policy"]
    s3.delete_bucket_policy(Bucket=target)
    assert delivered() == ([], [])
    s3.put_bucket_policy(Bucket=target, Policy=kept)
    _, rows = delivered()
    assert [each["operation"] for each in rows] == ["REST.PUT.LOGGING_STATUS"]


def test_a_bucket_may_log_into_itself_and_stop(s3, bucket, cloud):
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, bucket))
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging(bucket))
    for _ in range(2):
        cloud.run(cloud.engines.storage.access_logs.deliver())
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    cloud.run(cloud.engines.storage.access_logs.deliver())
    count = s3.list_objects_v2(Bucket=bucket)["KeyCount"]
    cloud.run(cloud.engines.storage.access_logs.deliver())
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == count


def test_what_a_lifecycle_removes_is_logged(s3, cloud, logged, delivered):
    s3.put_object(Bucket=logged, Key="old", Body=b"x")
    rule = {"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=logged, LifecycleConfiguration={"Rules": [rule]})
    worker = cloud.engines.storage.lifecycles.worker
    cloud.run(worker.run(now=time.time() + 3 * 86400))
    _, rows = delivered()
    expired = [each for each in rows if each["operation"] == "S3.EXPIRE.OBJECT"]
    assert [(each["key"], each["requester"]) for each in expired] == [("old", "AmazonS3")]
