"""DeleteObjects."""

import pytest


def test_many(s3, bucket):
    keys = [f"k{number}" for number in range(5)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key)
    deleted = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys, "a <&> b"]]}
    )
    assert [entry["Key"] for entry in deleted["Deleted"]] == [*keys, "a <&> b"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_quietly(s3, bucket):
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}], "Quiet": True})
    assert "Deleted" not in deleted
    assert "Errors" not in deleted


def test_versions_and_markers(s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="k")["VersionId"]
    [marked] = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k"}]})["Deleted"]
    assert marked["DeleteMarker"] is True
    ids = [version, marked["DeleteMarkerVersionId"]]
    s3.delete_objects(
        Bucket=versioned,
        Delete={"Objects": [{"Key": "k", "VersionId": version_id} for version_id in ids]},
    )
    found = s3.list_object_versions(Bucket=versioned)
    assert "Versions" not in found
    assert "DeleteMarkers" not in found


@pytest.mark.parametrize("count", [0, 1001])
def test_between_1_and_1000(s3, bucket, count, refused):
    s3.put_object(Bucket=bucket, Key="k0")
    with refused("MalformedXML"):
        s3.delete_objects(
            Bucket=bucket,
            Delete={"Objects": [{"Key": f"k{number}"} for number in range(count)]},
        )
    s3.head_object(Bucket=bucket, Key="k0")


def test_which_are_somebody_elses(s3, stranger, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    refused = stranger.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}]})
    assert [entry["Code"] for entry in refused["Errors"]] == ["AccessDenied"]
    s3.head_object(Bucket=bucket, Key="k")
