"""Conditions on writes: among any number of writers at once, what they promise holds."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

WRITERS = 8


def outcome(operation, **params):
    """Return the result of a call, or the code of its error."""
    try:
        return operation(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]


@pytest.fixture
def at_once():
    with ThreadPoolExecutor(WRITERS) as pool:
        yield lambda fn: list(pool.map(fn, range(WRITERS)))


def test_exactly_one_creates_it(s3, bucket, at_once, body):
    def write(number):
        # Some of them above what is kept beside the record.
        data = b"%d" % number * (100_000 if number % 2 else 1)
        return outcome(s3.put_object, Bucket=bucket, Key="k", Body=data, IfNoneMatch="*")

    results = at_once(write)
    [winner] = [number for number, result in enumerate(results) if not isinstance(result, str)]
    others = [result for result in results if isinstance(result, str)]
    assert others == ["PreconditionFailed"] * (WRITERS - 1)
    assert body(s3.get_object(Bucket=bucket, Key="k"))[:1] == b"%d" % winner


def test_exactly_one_copy_and_one_upload_creates_it(s3, bucket, at_once):
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    uploads = []
    for _ in range(WRITERS // 2):
        target = {"Bucket": bucket, "Key": "k"}
        target["UploadId"] = s3.create_multipart_upload(**target)["UploadId"]
        part = s3.upload_part(**target, PartNumber=1, Body=b"y")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        uploads.append(target | {"MultipartUpload": parts})

    def write(number):
        if number < len(uploads):
            return outcome(s3.complete_multipart_upload, **uploads[number], IfNoneMatch="*")
        source = f"{bucket}/source"
        return outcome(s3.copy_object, Bucket=bucket, Key="k", CopySource=source, IfNoneMatch="*")

    results = at_once(write)
    assert results.count("PreconditionFailed") == WRITERS - 1


def test_a_counter_loses_no_count(s3, bucket, at_once, body):
    s3.put_object(Bucket=bucket, Key="counter", Body=b"0")

    def count(_):
        while True:
            found = s3.get_object(Bucket=bucket, Key="counter")
            more = b"%d" % (int(body(found)) + 1)
            place = {"Bucket": bucket, "Key": "counter", "IfMatch": found["ETag"]}
            if outcome(s3.put_object, **place, Body=more) != "PreconditionFailed":
                return

    at_once(count)
    assert body(s3.get_object(Bucket=bucket, Key="counter")) == b"%d" % WRITERS


def test_exactly_one_deletes_what_it_saw(s3, versioned, at_once):
    etag = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["ETag"]

    def delete(number):
        if number % 2:
            return outcome(s3.delete_object, Bucket=versioned, Key="k", IfMatch=etag)
        done = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k", "ETag": etag}]})
        return done["Errors"][0]["Code"] if "Errors" in done else done

    results = at_once(delete)
    assert sum(not isinstance(result, str) for result in results) == 1
    [marker] = s3.list_object_versions(Bucket=versioned)["DeleteMarkers"]
    assert marker["IsLatest"]


def test_a_deletion_of_what_is_not_as_seen(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch='"0"')
    [error] = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "ETag": '"0"'}]})[
        "Errors"
    ]
    assert (error["Key"], error["Code"]) == ("k", "PreconditionFailed")
    s3.delete_object(Bucket=bucket, Key="k", IfMatch="*")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
