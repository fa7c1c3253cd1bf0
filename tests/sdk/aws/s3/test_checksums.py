"""Checksums of every algorithm that the model of S3 names, of whole objects and of parts."""

import hashlib
from base64 import b64encode

import botocore.session
import pytest

from lenticular.engines.blobs.digests import Digests

MODEL = botocore.session.get_session().get_service_model("s3")
ALGORITHMS = MODEL.shape_for("ChecksumAlgorithm").enum
COMBINABLE = ["CRC32", "CRC32C", "CRC64NVME"]

LARGE = bytes(range(256)) * (5 * 1024 * 1024 // 256)
END = b"end"


def raw(algorithm, data):
    digests = Digests([algorithm.lower()])
    digests.update(data)
    return digests.result()[algorithm.lower()]


def checksum(algorithm, data):
    return b64encode(raw(algorithm, data)).decode()


def upload(s3, bucket, algorithm, kind):
    """Upload two parts with their checksums; return what completes them."""
    target = {"Bucket": bucket, "Key": "k"}
    target["UploadId"] = s3.create_multipart_upload(
        **target, ChecksumAlgorithm=algorithm, ChecksumType=kind
    )["UploadId"]
    parts = []
    for number, data in enumerate((LARGE, END), 1):
        claimed = {f"Checksum{algorithm}": checksum(algorithm, data)}
        part = s3.upload_part(**target, PartNumber=number, Body=data, **claimed)
        assert part[f"Checksum{algorithm}"] == claimed[f"Checksum{algorithm}"]
        parts.append({"PartNumber": number, "ETag": part["ETag"], **claimed})
    return target | {"MultipartUpload": {"Parts": parts}}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_of_an_object(s3, bucket, algorithm, refused, body):
    member, right = f"Checksum{algorithm}", checksum(algorithm, b"data")
    place = {"Bucket": bucket, "Key": "k"}
    with refused("BadDigest"):
        s3.put_object(**place, Body=b"other", **{member: right})
    with refused("NoSuchKey", 404):
        s3.get_object(**place)
    assert s3.put_object(**place, Body=b"data", **{member: right})[member] == right
    assert member not in s3.head_object(**place)
    known = s3.head_object(**place, ChecksumMode="ENABLED")
    found = s3.get_object(**place, ChecksumMode="ENABLED")
    assert body(found) == b"data"
    for answer in (known, found):
        assert (answer[member], answer["ChecksumType"]) == (right, "FULL_OBJECT")
    told = s3.get_object_attributes(**place, ObjectAttributes=["Checksum"])["Checksum"]
    assert told == {member: right, "ChecksumType": "FULL_OBJECT"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_that_cannot_be(s3, bucket, algorithm, refused):
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **{f"Checksum{algorithm}": "bad"})


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256", "MD5", "XXHASH3"])
def test_of_checksums_of_parts(s3, bucket, algorithm, refused):
    joined = raw(algorithm, raw(algorithm, LARGE) + raw(algorithm, END))
    whole = f"{b64encode(joined).decode()}-2"
    completion = upload(s3, bucket, algorithm, "COMPOSITE")
    member = f"Checksum{algorithm}"
    with refused("BadDigest"):
        s3.complete_multipart_upload(**completion, **{member: checksum(algorithm, b"x") + "-2"})
    completed = s3.complete_multipart_upload(**completion, **{member: whole})
    assert (completed[member], completed["ChecksumType"]) == (whole, "COMPOSITE")
    told = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"]
    )
    assert told["Checksum"]["ChecksumType"] == "COMPOSITE"
    assert told["Checksum"][member].startswith(b64encode(joined).decode())
    assert told["ObjectParts"]["TotalPartsCount"] == 2
    assert [part[member] for part in told["ObjectParts"]["Parts"]] == [
        checksum(algorithm, data) for data in (LARGE, END)
    ]


@pytest.mark.parametrize("algorithm", COMBINABLE)
def test_of_the_whole_of_an_upload(s3, bucket, algorithm, refused):
    member, whole = f"Checksum{algorithm}", checksum(algorithm, LARGE + END)
    completion = upload(s3, bucket, algorithm, "FULL_OBJECT")
    with refused("BadDigest"):
        s3.complete_multipart_upload(**completion, **{member: checksum(algorithm, b"x")})
    s3.complete_multipart_upload(**completion, **{member: whole})
    found = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (found[member], found["ChecksumType"]) == (whole, "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512", "MD5", "XXHASH64"])
def test_of_a_whole_that_parts_do_not_tell(s3, bucket, algorithm, refused):
    with refused("InvalidRequest"):
        s3.create_multipart_upload(
            Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT"
        )


@pytest.mark.parametrize(
    ("algorithm", "kind", "asked"),
    [
        ("SHA256", "COMPOSITE", None),
        ("CRC32", "FULL_OBJECT", None),
        ("CRC32C", "COMPOSITE", "MD5"),
    ],
)
def test_a_copy_of_parts_is_in_one_piece(s3, bucket, algorithm, kind, asked, body):
    s3.complete_multipart_upload(**upload(s3, bucket, algorithm, kind))
    source, whole = f"{bucket}/k", LARGE + END
    asks = {"ChecksumAlgorithm": asked} if asked else {}
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, **asks)
    result, member = copied["CopyObjectResult"], f"Checksum{asked or algorithm}"
    assert result["ETag"] == f'"{hashlib.md5(whole).hexdigest()}"'
    assert result[member] == checksum(asked or algorithm, whole)
    assert result["ChecksumType"] == "FULL_OBJECT"
    found = s3.get_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
    assert body(found) == whole
    assert (found["ETag"], found[member]) == (result["ETag"], result[member])
    told = s3.get_object_attributes(Bucket=bucket, Key="copy", ObjectAttributes=["ObjectParts"])
    assert "ObjectParts" not in told
    s3.delete_object(Bucket=bucket, Key="k")
    again = s3.copy_object(Bucket=bucket, Key="again", CopySource=f"{bucket}/copy")
    assert again["CopyObjectResult"]["ETag"] == result["ETag"]
