"""PutObjectLockConfiguration, GetObjectLockConfiguration, and buckets made with a lock."""

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

ENABLED = {"ObjectLockEnabled": "Enabled"}


def by_default(mode="GOVERNANCE", **period):
    return ENABLED | {"Rule": {"DefaultRetention": {"Mode": mode, **period}}}


def test_a_bucket_made_with_it_keeps_versions_for_good(s3, locked, refused):
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    found = s3.get_object_lock_configuration(Bucket=locked)
    assert found["ObjectLockConfiguration"] == ENABLED
    with refused("InvalidBucketState", 409):
        s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"


def test_a_bucket_that_is_there_gets_it_once_it_keeps_versions(s3, bucket, refused):
    with refused("ObjectLockConfigurationNotFoundError", 404):
        s3.get_object_lock_configuration(Bucket=bucket)
    with refused("InvalidBucketState", 409):
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=ENABLED)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=ENABLED)
    found = s3.get_object_lock_configuration(Bucket=bucket)
    assert found["ObjectLockConfiguration"] == ENABLED


@pytest.mark.parametrize(
    ("period", "length"), [({"Days": 3}, timedelta(3)), ({"Years": 2}, timedelta(730))]
)
def test_new_versions_are_retained_by_default(s3, locked, period, length):
    rule = by_default(**period)
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=rule)
    found = s3.get_object_lock_configuration(Bucket=locked)
    assert found["ObjectLockConfiguration"] == rule
    before = datetime.now(UTC)
    s3.put_object(Bucket=locked, Key="put", Body=b"x")
    s3.copy_object(Bucket=locked, Key="copy", CopySource=f"{locked}/put")
    for key in ("put", "copy"):
        retention = s3.get_object_retention(Bucket=locked, Key=key)["Retention"]
        assert retention["Mode"] == "GOVERNANCE"
        assert timedelta(0) <= retention["RetainUntilDate"] - before - length < timedelta(minutes=1)


def test_without_a_rule_nothing_is_retained_by_default_any_more(s3, locked, refused):
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=by_default(Days=1))
    s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=ENABLED)
    s3.put_object(Bucket=locked, Key="k", Body=b"x")
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(Bucket=locked, Key="k")


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({}, "MalformedXML"),
        ({"ObjectLockEnabled": "Disabled"}, "MalformedXML"),
        (by_default(), "MalformedXML"),
        (by_default(Days=1, Years=1), "MalformedXML"),
        (by_default("governance", Days=1), "MalformedXML"),
        (by_default(Days=0), "InvalidRetentionPeriod"),
        (by_default(Years=-1), "InvalidRetentionPeriod"),
        (by_default(Days=36_501), "InvalidRetentionPeriod"),
        (by_default(Years=101), "InvalidRetentionPeriod"),
    ],
)
def test_what_cannot_be(s3, locked, configuration, code, refused):
    with refused(code):
        s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=configuration)
    found = s3.get_object_lock_configuration(Bucket=locked)
    assert found["ObjectLockConfiguration"] == ENABLED


def test_without_a_digest_of_the_document(s3, locked):
    url = s3.generate_presigned_url("put_object_lock_configuration", {"Bucket": locked})
    answer = httpx.put(url, content=b"<ObjectLockConfiguration/>")
    assert answer.status_code == 400
    assert "Content-MD5 OR x-amz-checksum-*" in answer.text


def test_of_somebody_else(stranger, locked, refused):
    with refused("AccessDenied", 403):
        stranger.get_object_lock_configuration(Bucket=locked)
    with refused("AccessDenied", 403):
        stranger.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration=ENABLED)


def test_a_bucket_without_it_locks_nothing(s3, versioned, refused):
    until = datetime.now(UTC) + timedelta(1)
    retention = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
    for lock in (retention, {"ObjectLockLegalHoldStatus": "OFF"}):
        with refused("InvalidRequest"):
            s3.put_object(Bucket=versioned, Key="k", Body=b"x", **lock)
        with refused("InvalidRequest"):
            s3.create_multipart_upload(Bucket=versioned, Key="k", **lock)
    name = f"plain-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=False)
    with refused("ObjectLockConfigurationNotFoundError", 404):
        s3.get_object_lock_configuration(Bucket=name)
