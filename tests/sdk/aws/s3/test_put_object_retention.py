"""PutObjectRetention, GetObjectRetention, and retention that objects are made with."""

from datetime import UTC, datetime, timedelta

import pytest

LATER = datetime(2140, 1, 1, tzinfo=UTC)
LATEST = datetime(2140, 1, 3, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def put(s3, locked):
    """Puts an object with a lock and returns the version's place."""

    def put(**lock):
        place = {"Bucket": locked, "Key": "k"}
        return place | {"VersionId": s3.put_object(**place, Body=b"x", **lock)["VersionId"]}

    return put


def retained(mode, until):
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}


def retention(mode, until):
    return {"Mode": mode, "RetainUntilDate": until}


def test_of_a_version(s3, put, refused):
    first, second = put(), put()
    s3.put_object_retention(**first, Retention=retention("GOVERNANCE", LATEST))
    assert s3.get_object_retention(**first)["Retention"] == retention("GOVERNANCE", LATEST)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(**second)
    s3.put_object_retention(
        Bucket=second["Bucket"], Key="k", Retention=retention("COMPLIANCE", LATER)
    )
    assert s3.head_object(**second)["ObjectLockMode"] == "COMPLIANCE"


def test_said_again_as_it_was_told(s3, put):
    fraction = LATEST + timedelta(milliseconds=300)
    place = put(**retained("COMPLIANCE", fraction))
    s3.put_object_retention(**place, Retention=retention("COMPLIANCE", fraction))
    told = s3.get_object_retention(**place)["Retention"]
    s3.put_object_retention(**place, Retention=told)
    found = s3.head_object(**place)
    assert found["ObjectLockRetainUntilDate"] == told["RetainUntilDate"] == LATEST


@pytest.mark.parametrize(
    "less", [retention("GOVERNANCE", LATER), retention("COMPLIANCE", LATEST), {}]
)
def test_governance_is_lengthened_by_all_and_left_by_bypassing_it(s3, put, less, refused):
    place = put(**retained("GOVERNANCE", LATER))
    s3.put_object_retention(**place, Retention=retention("GOVERNANCE", LATEST))
    with refused("AccessDenied", 403) as answer:
        s3.put_object_retention(**place, Retention=less)
    assert answer["Error"]["Message"] == "Access Denied because object protected by object lock."
    s3.put_object_retention(**place, Retention=less, BypassGovernanceRetention=True)
    found = s3.head_object(**place)
    assert found.get("ObjectLockMode") == less.get("Mode")
    assert found.get("ObjectLockRetainUntilDate") == less.get("RetainUntilDate")


def test_a_multipart_upload_keeps_it(s3, locked, refused):
    target = {"Bucket": locked, "Key": "k"}
    upload = s3.create_multipart_upload(
        **target, **retained("GOVERNANCE", LATER), ObjectLockLegalHoldStatus="ON"
    )
    target["UploadId"] = upload["UploadId"]
    part = s3.upload_part(**target, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    version = s3.complete_multipart_upload(**target, MultipartUpload=parts)["VersionId"]
    found = s3.head_object(Bucket=locked, Key="k")
    assert found["ObjectLockMode"] == "GOVERNANCE"
    assert found["ObjectLockRetainUntilDate"] == LATER
    assert found["ObjectLockLegalHoldStatus"] == "ON"
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=locked, Key="k", VersionId=version)


def test_a_copy_has_its_own(s3, put, locked):
    put(**retained("COMPLIANCE", LATER))
    source = f"{locked}/k"
    s3.copy_object(Bucket=locked, Key="bare", CopySource=source)
    assert "ObjectLockMode" not in s3.head_object(Bucket=locked, Key="bare")
    lock = retained("GOVERNANCE", LATER) | {"ObjectLockLegalHoldStatus": "OFF"}
    s3.copy_object(Bucket=locked, Key="locked", CopySource=source, **lock)
    found = s3.head_object(Bucket=locked, Key="locked")
    assert {name: found[name] for name in lock} == lock


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        ({"ObjectLockMode": "GOVERNANCE"}, "InvalidArgument"),
        ({"ObjectLockRetainUntilDate": LATER}, "InvalidArgument"),
        (retained("governance", LATER), "InvalidArgument"),
        (retained("GOVERNANCE", datetime(2020, 1, 1, tzinfo=UTC)), "InvalidArgument"),
        ({"ObjectLockLegalHoldStatus": "on"}, "InvalidArgument"),
    ],
)
def test_objects_that_cannot_be_locked_so(s3, locked, lock, code, refused):
    with refused(code):
        s3.put_object(Bucket=locked, Key="k", Body=b"x", **lock)
    assert s3.list_objects_v2(Bucket=locked)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Mode": "GOVERNANCE"}, "MalformedXML"),
        ({"RetainUntilDate": LATER}, "MalformedXML"),
        (retention("abc", LATER), "MalformedXML"),
        (retention("GOVERNANCE", datetime.now(UTC) - timedelta(seconds=1)), "InvalidArgument"),
    ],
)
def test_what_cannot_be(s3, put, given, code, refused):
    with refused(code):
        s3.put_object_retention(**put(), Retention=given)


def test_what_is_not_there(s3, put, versioned, refused):
    place = put()
    with refused("NoSuchKey", 404):
        s3.get_object_retention(Bucket=place["Bucket"], Key="other")
    with refused("NoSuchVersion", 404):
        s3.get_object_retention(**place | {"VersionId": "0" * 32})
    marker = s3.delete_object(Bucket=place["Bucket"], Key="k")["VersionId"]
    with refused("MethodNotAllowed", 405):
        s3.put_object_retention(
            **place | {"VersionId": marker}, Retention=retention("GOVERNANCE", LATER)
        )
    s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    with refused("InvalidRequest"):
        s3.get_object_retention(Bucket=versioned, Key="k")
