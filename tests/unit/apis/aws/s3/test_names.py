"""Names of buckets and keys."""

import pytest

from lenticular.apis.aws.s3.guards import check_key, check_version_id
from lenticular.apis.aws.s3.names import is_aws_region, is_bucket_name, is_region
from lenticular.apis.aws.wire.errors import AwsError


@pytest.mark.parametrize(
    "name",
    ["abc", "a-b", "a.b.c", "1ab", "a" * 63, "my.example.s3.bucket", "192.168.5", "0-9", "a--b"],
)
def test_names_that_buckets_have(name):
    assert is_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 64,
        "Abc",
        "a_b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "sthree-abc",
        "amzn-s3-demo-bucket",
        "abc-s3alias",
        "abc--ol-s3",
        "abc.mrap",
        "abc--x-s3",
        "abc--table-s3",
        "abc\n",
        "añb",
        "a/b",
        "a b",
    ],
)
def test_names_that_no_bucket_has(name):
    assert not is_bucket_name(name)


def test_regions():
    assert is_region("mars-1")
    assert not is_region("mars/1")
    assert not is_region("")
    assert is_aws_region("eu-central-1")
    assert is_aws_region("us-gov-west-1")
    assert not is_aws_region("mars-1")
    assert not is_aws_region("lab")


@pytest.mark.parametrize("key", ["k" * 1024, "é" * 512, "🦋" * 256, " ", "a//b", "."])
def test_keys_up_to_1024_bytes(key):
    check_key(key)


@pytest.mark.parametrize("key", ["k" * 1025, "é" * 513, "🦋" * 257])
def test_longer_keys_are_refused(key):
    with pytest.raises(AwsError) as raised:
        check_key(key)
    assert (raised.value.code, raised.value.status) == ("KeyTooLongError", 400)
    assert raised.value.fields == {"Size": len(key.encode()), "MaxSizeAllowed": 1024}


def test_version_ids():
    check_version_id("null")
    check_version_id("0123456789abcdef0123456789abcdef")
    for bad in ("", "x", "0123", "NULL", "0123456789ABCDEF0123456789ABCDEF"):
        with pytest.raises(AwsError) as raised:
            check_version_id(bad)
        assert raised.value.code == "InvalidArgument"
        assert raised.value.fields["ArgumentName"] == "versionId"
