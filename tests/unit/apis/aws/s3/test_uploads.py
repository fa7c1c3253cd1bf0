"""Multipart uploads: what is refused, and what the whole comes to."""

from base64 import b64encode
from hashlib import md5, sha256

import pytest

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.engines.blobs.digests import Digests
from lenticular.primitives.objects.errors import (
    ConditionFailed,
    ObjectNotFound,
    PartInvalid,
    PartOrderInvalid,
    PartTooSmall,
    SizeMismatch,
    UploadNotFound,
)

K = {"Bucket": "samples", "Key": "k"}
LARGE = b"x" * (5 * 1024 * 1024)


class Upload:
    """An upload under way."""

    def __init__(self, call, upload_id):
        self._call = call
        self.id = upload_id
        self.parts = []

    async def put(self, number, data, **params):
        part = await self._call(
            "upload_part", **K, UploadId=self.id, PartNumber=number, Body=data, **params
        )
        self.parts.append({"PartNumber": number, "ETag": part.headers["etag"]})
        return part

    async def complete(self, parts=None, **params):
        return await self._call(
            "complete_multipart_upload",
            **K,
            UploadId=self.id,
            MultipartUpload={"Parts": self.parts if parts is None else parts},
            **params,
        )


@pytest.fixture
def begin(call):
    async def begin(**params):
        created = await call("create_multipart_upload", **K, **params)
        return Upload(call, created["UploadId"])

    return begin


def _composite_etag(*parts):
    digests = b"".join(md5(part, usedforsecurity=False).digest() for part in parts)
    return f'"{md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'


def _full(algorithm, data):
    digests = Digests([algorithm])
    digests.update(data)
    return b64encode(digests.result()[algorithm]).decode()


async def test_parts_become_the_object(call, begin):
    upload = await begin(ContentType="text/plain", Metadata={"a": "b"})
    await upload.put(7, b"end")
    await upload.put(2, LARGE)
    upload.parts.sort(key=lambda part: part["PartNumber"])
    completed = await upload.complete()
    assert completed["ETag"] == _composite_etag(LARGE, b"end")
    assert completed["ChecksumCRC64NVME"] == _full("crc64nvme", LARGE + b"end")
    assert completed["ChecksumType"] == "FULL_OBJECT"
    assert completed["Location"].endswith("/samples")
    got = await call("get_object", **K)
    assert got.body == LARGE + b"end"
    assert (got.headers["content-type"], got.headers["x-amz-meta-a"]) == ("text/plain", "b")


async def test_the_parts_of_an_object(call, begin):
    upload = await begin()
    await upload.put(2, LARGE)
    await upload.put(7, b"end")
    await upload.complete()
    part = await call("get_object", **K, PartNumber=2)
    assert (part.status, part.body, part.headers["x-amz-mp-parts-count"]) == (206, b"end", "2")
    size = len(LARGE) + 3
    assert part.headers["content-range"] == f"bytes {size - 3}-{size - 1}/{size}"
    attributes = (await call("get_object_attributes", **K, ObjectAttributes=["ObjectParts"]))[
        "ObjectParts"
    ]
    assert attributes["TotalPartsCount"] == 2
    assert [part["Size"] for part in attributes["Parts"]] == [len(LARGE), 3]
    paged = await call(
        "get_object_attributes",
        **K,
        ObjectAttributes=["ObjectParts"],
        MaxParts=1,
        PartNumberMarker=1,
    )
    assert paged["ObjectParts"]["Parts"][0]["PartNumber"] == 2
    assert not paged["ObjectParts"]["IsTruncated"]


async def test_a_composite_checksum(call, begin):
    upload = await begin(ChecksumAlgorithm="SHA256")
    for number, data in enumerate((LARGE, b"end"), 1):
        digest = b64encode(sha256(data).digest()).decode()
        part = await upload.put(number, data, headers={"x-amz-checksum-sha256": digest})
        assert part.headers["x-amz-checksum-sha256"] == digest
        upload.parts[-1]["ChecksumSHA256"] = digest
    whole = b64encode(sha256(sha256(LARGE).digest() + sha256(b"end").digest()).digest()).decode()
    with pytest.raises(AwsError) as raised:
        await upload.complete(ChecksumSHA256=f"{whole}-3")
    assert raised.value.code == "BadDigest"
    completed = await upload.complete(ChecksumSHA256=f"{whole}-2")
    assert (completed["ChecksumSHA256"], completed["ChecksumType"]) == (f"{whole}-2", "COMPOSITE")
    head = await call("head_object", **K, ChecksumMode="ENABLED")
    assert head.headers["x-amz-checksum-sha256"] == f"{whole}-2"


async def test_a_full_object_checksum(call, begin):
    upload = await begin(ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    await upload.put(1, LARGE)
    await upload.put(2, b"end")
    with pytest.raises(AwsError) as raised:
        await upload.complete(ChecksumCRC32="AAAAAA==")
    assert raised.value.code == "BadDigest"
    whole = _full("crc32", LARGE + b"end")
    assert (await upload.complete(ChecksumCRC32=whole))["ChecksumCRC32"] == whole


async def test_a_part_has_the_algorithm_agreed_upon(begin):
    upload = await begin(ChecksumAlgorithm="SHA256")
    with pytest.raises(AwsError, match="expected checksum Type: sha256") as raised:
        await upload.put(1, b"1", headers={"x-amz-checksum-crc32": "g9fu7w=="})
    assert raised.value.code == "InvalidRequest"


async def test_to_complete_again_is_no_harm(call, begin):
    upload = await begin()
    await upload.put(1, b"1")
    assert (await upload.complete())["ETag"] == (await upload.complete())["ETag"]
    await call("put_object", **K, Body=b"2")
    with pytest.raises(UploadNotFound):
        await upload.complete()
    assert (await call("get_object", **K)).body == b"2"


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ([3, 1], PartOrderInvalid),
        ([1, 3, 1], PartOrderInvalid),
        ([1, 2], PartInvalid),
        ([1, 3], PartTooSmall),
    ],
)
async def test_parts_that_do_not_go_together(call, begin, parts, error):
    upload = await begin()
    await upload.put(1, b"1")
    await upload.put(3, b"3")
    etags = {part["PartNumber"]: part["ETag"] for part in upload.parts}
    named = [{"PartNumber": number, "ETag": etags.get(number, '"x"')} for number in parts]
    with pytest.raises(error):
        await upload.complete(named)
    with pytest.raises(ObjectNotFound):
        await call("get_object", **K)
    listed = await call("list_parts", **K, UploadId=upload.id)
    assert [part["PartNumber"] for part in listed["Parts"]] == [1, 3]


@pytest.mark.parametrize(
    "parts", [[], [{"ETag": '"x"'}], [{"PartNumber": 1}], [{"PartNumber": 1, "ETag": None}]]
)
async def test_documents_that_name_no_parts(begin, parts):
    upload = await begin()
    with pytest.raises(AwsError) as raised:
        await upload.complete(parts)
    assert raised.value.code == "MalformedXML"


@pytest.mark.parametrize("number", [0, -1, 10_001])
async def test_parts_are_numbered_from_1_to_10000(begin, number):
    upload = await begin()
    with pytest.raises(AwsError) as raised:
        await upload.put(number, b"1")
    assert (raised.value.code, raised.value.fields["ArgumentName"]) == (
        "InvalidArgument",
        "partNumber",
    )


async def test_of_a_part_named_twice_the_last_counts(call, begin):
    upload = await begin()
    await upload.put(1, b"first")
    await upload.put(1, b"second")
    await upload.complete()
    assert (await call("get_object", **K)).body == b"second"


async def test_the_size_is_the_one_announced(begin):
    upload = await begin()
    await upload.put(1, b"123")
    with pytest.raises(SizeMismatch):
        await upload.complete(MpuObjectSize=4)
    await upload.complete(MpuObjectSize=3)


async def test_completion_on_conditions(call, begin):
    await call("put_object", **K, Body=b"1")
    upload = await begin()
    await upload.put(1, b"2")
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"x"'}):
        with pytest.raises(ConditionFailed):
            await upload.complete(**condition)
    assert (await call("get_object", **K)).body == b"1"


async def test_what_was_aborted_is_gone(call, begin):
    upload = await begin()
    await upload.put(1, b"1")
    await call("abort_multipart_upload", **K, UploadId=upload.id)
    for operation in ("list_parts", "abort_multipart_upload"):
        with pytest.raises(UploadNotFound):
            await call(operation, **K, UploadId=upload.id)
    with pytest.raises(UploadNotFound):
        await upload.put(1, b"1")


async def test_parts_of_other_objects(call, begin):
    await call("put_object", Bucket="samples", Key="from", Body=b"0123456789")
    upload = await begin()
    source = {**K, "UploadId": upload.id, "CopySource": "samples/from"}
    copied = await call("upload_part_copy", **source, PartNumber=1, CopySourceRange="bytes=2-4")
    parts = [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]
    with pytest.raises(AwsError) as raised:
        await call("upload_part_copy", **source, PartNumber=2, CopySourceRange="bytes=5-10")
    assert (raised.value.code, raised.value.status) == ("InvalidRange", 400)
    await upload.complete(parts)
    assert (await call("get_object", **K)).body == b"234"


async def test_parts_are_listed_in_pages(call, begin):
    upload = await begin()
    for number in (1, 2, 5):
        await upload.put(number, b"%d" % number)
    page = await call("list_parts", **K, UploadId=upload.id, MaxParts=2)
    assert [part["PartNumber"] for part in page["Parts"]] == [1, 2]
    assert (page["IsTruncated"], page["NextPartNumberMarker"], page["MaxParts"]) == (True, 2, 2)
    page = await call("list_parts", **K, UploadId=upload.id, PartNumberMarker=2)
    assert [part["PartNumber"] for part in page["Parts"]] == [5]
    assert not page["IsTruncated"]
    assert page["Owner"]["DisplayName"] == "owner"


async def test_uploads_are_listed_in_pages(call):
    for key in ("a", "b/1", "b/2", "c d"):
        await call("create_multipart_upload", Bucket="samples", Key=key)
    page = await call("list_multipart_uploads", Bucket="samples", MaxUploads=2, Delimiter="/")
    assert [upload["Key"] for upload in page["Uploads"]] == ["a"]
    assert page["CommonPrefixes"] == [{"Prefix": "b/"}]
    assert (page["IsTruncated"], page["NextKeyMarker"]) == (True, "b/")
    page = await call(
        "list_multipart_uploads",
        Bucket="samples",
        KeyMarker="b/",
        Delimiter="/",
        EncodingType="url",
    )
    assert [upload["Key"] for upload in page["Uploads"]] == ["c%20d"]
    assert not page["IsTruncated"]
