"""Names, forms and claims of checksums."""

from base64 import b64encode

import pytest

from lenticular.apis.aws.s3 import checksums
from lenticular.apis.aws.wire.errors import AwsError

CRC = bytes([0x35, 0x2A, 0x44, 0x1C])
TEXT = b64encode(CRC).decode()


@pytest.mark.parametrize(
    ("algorithm", "kind", "expected"),
    [
        (None, None, ("crc64nvme", "FULL_OBJECT")),
        ("CRC32", None, ("crc32", "COMPOSITE")),
        ("CRC32", "FULL_OBJECT", ("crc32", "FULL_OBJECT")),
        ("SHA256", None, ("sha256", "COMPOSITE")),
        ("CRC64NVME", None, ("crc64nvme", "FULL_OBJECT")),
    ],
)
def test_checksums_that_uploads_end_with(algorithm, kind, expected):
    assert checksums.upload_checksum(algorithm, kind) == expected


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("SHA256", "FULL_OBJECT"),
        ("CRC64NVME", "COMPOSITE"),
        ("CRC32", "PARTIAL"),
        ("CRC16", None),
        (None, "COMPOSITE"),
    ],
)
def test_checksums_that_there_are_not(algorithm, kind):
    with pytest.raises(AwsError) as raised:
        checksums.upload_checksum(algorithm, kind)
    assert raised.value.code == "InvalidRequest"


def test_members_and_headers():
    assert checksums.members({"crc32": CRC}) == {"ChecksumCRC32": TEXT}
    assert checksums.members({"crc32": CRC}, "FULL_OBJECT", 3) == {
        "ChecksumCRC32": TEXT,
        "ChecksumType": "FULL_OBJECT",
    }
    assert checksums.members({"crc32": CRC}, "COMPOSITE", 3)["ChecksumCRC32"] == f"{TEXT}-3"
    assert checksums.headers({"crc32": CRC}, "COMPOSITE", 3) == [
        ("x-amz-checksum-crc32", f"{TEXT}-3"),
        ("x-amz-checksum-type", "COMPOSITE"),
    ]
    assert checksums.headers({}, "") == []


def test_claims_among_members():
    assert checksums.claimed_members({"ChecksumCRC32": "x", "ChecksumSHA1": None}) == {"crc32": "x"}
    assert checksums.decoded_members({"ChecksumCRC32": TEXT, "ETag": "e"}) == {"crc32": CRC}
    for bad in ("!", "AAAA", TEXT + "-3"):
        with pytest.raises(AwsError) as raised:
            checksums.decoded_members({"ChecksumCRC32": bad})
        assert raised.value.code == "BadDigest"


@pytest.mark.parametrize("claimed", [TEXT, f"{TEXT}-3"])
def test_a_whole_that_is_as_claimed(claimed):
    checksums.check_whole({"crc32": claimed}, {"crc32": CRC}, 3)


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        ({"crc32": "AAAAAA=="}, "BadDigest"),
        ({"crc32": f"{TEXT}-2"}, "BadDigest"),
        ({"sha1": TEXT}, "InvalidRequest"),
    ],
)
def test_a_whole_that_is_not(claimed, code):
    with pytest.raises(AwsError) as raised:
        checksums.check_whole(claimed, {"crc32": CRC}, 3)
    assert raised.value.code == code
