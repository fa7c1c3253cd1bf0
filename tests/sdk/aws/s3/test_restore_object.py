"""RestoreObject, and what is refused of archived objects until then."""

import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from lenticular.testing.cloud import running_cloud


@pytest.fixture
def archived(s3, bucket):
    """The parameters that name an archived object."""
    at = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**at, Body=b"archived", StorageClass="GLACIER")
    return at


@pytest.fixture
def later(cloud):
    """Lets the time of restorations come."""

    def later(seconds):
        advance = cloud.engines.storage.lifecycles.restorations.advance
        cloud.run(advance(time.time() + seconds))

    return later


def restore(s3, at, days=1, **options):
    answer = s3.restore_object(**at, RestoreRequest={"Days": days} | options)
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_copy_that_can_be_read_for_a_while(s3, archived, later, refused, body):
    assert restore(s3, archived, GlacierJobParameters={"Tier": "Bulk"}) == 202
    head = s3.head_object(**archived)
    assert (head["StorageClass"], head["Restore"]) == ("GLACIER", 'ongoing-request="true"')
    with refused("RestoreAlreadyInProgress", 409):
        restore(s3, archived)
    later(10)
    head = s3.head_object(**archived)
    ongoing, expiry = head["Restore"].split(", ", 1)
    assert ongoing == 'ongoing-request="false"'
    until = datetime.strptime(expiry, 'expiry-date="%a, %d %b %Y %H:%M:%S GMT"')
    assert (until - datetime.now(UTC).replace(tzinfo=None)).days == 1
    assert (until.hour, until.minute) == (0, 0)
    assert body(s3.get_object(**archived)) == b"archived"
    assert restore(s3, archived, days=5) == 200
    later(3 * 86_400)
    assert body(s3.get_object(**archived)) == b"archived"
    later(7 * 86_400)
    assert "Restore" not in s3.head_object(**archived)
    with refused("InvalidObjectState", 403):
        s3.get_object(**archived)


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_archived_objects_cannot_be_read(s3, bucket, refused, storage_class):
    at = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**at, Body=b"archived", StorageClass=storage_class)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="joined")["UploadId"]
    with refused("InvalidObjectState", 403) as answer:
        s3.get_object(**at)
    assert answer["Error"]["StorageClass"] == storage_class
    with refused("InvalidObjectState", 403):
        s3.get_object(**at, Range="bytes=0-1")
    with refused("InvalidObjectState", 403):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=at)
    with refused("InvalidObjectState", 403):
        s3.upload_part_copy(
            Bucket=bucket, Key="joined", UploadId=upload, PartNumber=1, CopySource=at
        )
    with refused("InvalidObjectState", 403):
        s3.select_object_content(
            **at,
            Expression="SELECT * FROM S3Object",
            ExpressionType="SQL",
            InputSerialization={"CSV": {}},
            OutputSerialization={"CSV": {}},
        )
    assert s3.head_object(**at)["ContentLength"] == 8
    assert s3.get_object_attributes(**at, ObjectAttributes=["StorageClass"])["StorageClass"] == (
        storage_class
    )
    assert s3.delete_object(**at)["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize(
    ("storage_class", "code"),
    [
        ("STANDARD", "InvalidObjectState"),
        ("GLACIER_IR", "InvalidObjectState"),
        ("INTELLIGENT_TIERING", "ObjectAlreadyInActiveTierError"),
    ],
)
def test_other_classes_need_no_restoration(s3, bucket, refused, body, storage_class, code):
    at = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**at, Body=b"x", StorageClass=storage_class)
    assert body(s3.get_object(**at)) == b"x"
    with refused(code, 403):
        restore(s3, at)


def test_what_cannot_be(s3, stranger, bucket, archived, refused):
    with refused("InvalidArgument"):
        restore(s3, archived, days=0)
    with refused("MalformedXML"):
        s3.restore_object(**archived, RestoreRequest={})
    with refused("MalformedXML"):
        restore(s3, archived, Tier="Slow")
    with refused("NotImplemented", 501):
        restore(s3, archived, Type="SELECT")
    with refused("NoSuchKey", 404):
        restore(s3, {"Bucket": bucket, "Key": "nothing"})
    with refused("AccessDenied", 403):
        restore(stranger, archived)
    deep = archived | {"Key": "deep"}
    s3.put_object(**deep, Body=b"x", StorageClass="DEEP_ARCHIVE")
    with refused("InvalidArgument"):
        restore(s3, deep, Tier="Expedited")


def test_one_version_is_restored(s3, versioned, later, refused, body):
    at = {"Bucket": versioned, "Key": "key"}
    first = s3.put_object(**at, Body=b"1", StorageClass="GLACIER")["VersionId"]
    s3.put_object(**at, Body=b"2", StorageClass="GLACIER")
    assert restore(s3, at | {"VersionId": first}, Tier="Expedited") == 202
    later(1)
    assert body(s3.get_object(**at, VersionId=first)) == b"1"
    with refused("InvalidObjectState", 403):
        s3.get_object(**at)


def test_listings_tell_of_restorations_where_asked(s3, bucket, archived, later):
    def status(**options):
        [listed] = s3.list_objects_v2(Bucket=bucket, **options)["Contents"]
        return listed.get("RestoreStatus")

    asked = {"OptionalObjectAttributes": ["RestoreStatus"]}
    assert status(**asked) is None
    restore(s3, archived)
    assert status() is None
    assert status(**asked) == {"IsRestoreInProgress": True}
    later(5)
    shown = status(**asked)
    assert shown["IsRestoreInProgress"] is False
    assert timedelta(days=1) < shown["RestoreExpiryDate"] - datetime.now(UTC) < timedelta(days=2)


def test_rules_move_objects_to_the_archive(cloud, s3, bucket, refused):
    at = {"Bucket": bucket, "Key": "key"}
    s3.put_object(**at, Body=b"x" * 200_000)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    rule = {
        "Status": "Enabled",
        "Filter": {},
        "Transitions": [{"Date": past, "StorageClass": "DEEP_ARCHIVE"}],
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    cloud.run(cloud.engines.storage.lifecycles.worker.run())
    assert s3.head_object(**at)["StorageClass"] == "DEEP_ARCHIVE"
    with refused("InvalidObjectState", 403):
        s3.get_object(**at)


def test_the_archive_may_have_a_folder_of_its_own(tmp_path, body):
    folder, data = tmp_path / "archive", bytes(range(256)) * 1000
    at, sealed = {"Bucket": "samples", "Key": "key"}, {"Bucket": "samples", "Key": "sealed"}
    encryption = {"ServerSideEncryption": "AES256"}
    for is_first in (True, False):
        with running_cloud(tmp_path / "data", archive_store=str(folder)) as cloud:
            s3 = boto3.client("s3", **cloud.boto3())
            lifecycles = cloud.engines.storage.lifecycles
            if is_first:
                s3.create_bucket(Bucket="samples")
                s3.put_object(**at, Body=data, StorageClass="GLACIER")
                s3.put_object(**sealed, Body=data, StorageClass="DEEP_ARCHIVE", **encryption)
                assert cloud.run(lifecycles.archiving.run()) == 2
            else:
                for key in (at, sealed):
                    restore(s3, key)
                cloud.run(lifecycles.restorations.advance(time.time() + 5))
                for key in (at, sealed):
                    assert body(s3.get_object(**key)) == data
            assert len(list(folder.glob("??/*"))) == 2
            s3.close()
