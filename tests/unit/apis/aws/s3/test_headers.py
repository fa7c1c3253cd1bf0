"""What a writer's headers say of an object, and what a reader is told."""

import pytest

from lenticular.apis.aws.s3.dates import http_date, iso_date
from lenticular.apis.aws.s3.headers import (
    object_headers,
    response_overrides,
    storage_class,
    system_headers,
    user_metadata,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects import ENABLED, Bucket, Version

BUCKET = Bucket("samples", b"12345678", "1" * 12, "a" * 64, "us-east-1", 0)
VERSION = Version(
    sort=bytes(16),
    size=3,
    etag="acbd18db4cc2f85cedef654fccc4a4d8",
    modified=1767355200999,
    storage_class="STANDARD",
    owner="a" * 64,
    is_marker=False,
    is_null=True,
    checksums={},
    checksum_type="",
)


def test_system_headers_are_kept_as_given():
    given = {
        "cache-control": "no-cache",
        "content-disposition": 'attachment; filename="a b"',
        "content-language": "de",
        "content-type": "text/plain",
        "expires": "whenever",
        "x-amz-website-redirect-location": "/other",
        "host": "localhost",
        "content-length": "3",
    }
    kept = {name: value for name, value in given.items() if name not in ("host", "content-length")}
    assert system_headers(given) == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("gzip", {"content-encoding": "gzip"}),
        ("aws-chunked", {}),
        ("aws-chunked,gzip", {"content-encoding": "gzip"}),
        ("", {}),
    ],
)
def test_the_framing_is_no_encoding_of_the_object(given, kept):
    assert system_headers({"content-encoding": given}) == kept


def test_a_redirect_is_a_path_or_a_url():
    with pytest.raises(AwsError) as raised:
        system_headers({"x-amz-website-redirect-location": "other"})
    assert raised.value.code == "InvalidRedirectLocation"


def test_metadata_is_text():
    assert user_metadata(None) == {}
    assert user_metadata({"Sample": "12"}) == {"sample": "12"}
    as_sent = "Köln".encode().decode("latin-1")
    assert user_metadata({"place": as_sent}) == {"place": "Köln"}
    assert user_metadata({"place": "=?UTF-8?B?S8O2bG4=?="}) == {"place": "Köln"}
    assert user_metadata({"place": "=?UTF-8?Q?K=C3=B6ln?="}) == {"place": "Köln"}
    assert user_metadata({"place": "=?what?"}) == {"place": "=?what?"}
    assert user_metadata({"place": "K\xf6ln"}) == {"place": "Köln"}


def test_metadata_has_two_kilobytes():
    assert user_metadata({"n": "v" * 2047})
    with pytest.raises(AwsError) as raised:
        user_metadata({"n": "v" * 2048})
    assert raised.value.code == "MetadataTooLarge"
    assert raised.value.fields == {"Size": 2049, "MaxSizeAllowed": 2048}


def test_storage_classes():
    assert storage_class({}) == "STANDARD"
    assert storage_class({"StorageClass": "STANDARD_IA"}) == "STANDARD_IA"
    with pytest.raises(AwsError) as raised:
        storage_class({"StorageClass": "standard"})
    assert raised.value.code == "InvalidStorageClass"


def test_the_least_that_a_reader_is_told():
    assert dict(object_headers(BUCKET, VERSION, {})) == {
        "last-modified": "Fri, 02 Jan 2026 12:00:00 GMT",
        "etag": '"acbd18db4cc2f85cedef654fccc4a4d8"',
        "accept-ranges": "bytes",
        "content-type": "binary/octet-stream",
    }


def test_the_most_that_a_reader_is_told():
    import msgspec

    bucket = msgspec.structs.replace(BUCKET, versioning=ENABLED)
    version = msgspec.structs.replace(
        VERSION,
        is_null=False,
        storage_class="GLACIER_IR",
        headers={"content-type": "image/tiff", "cache-control": "no-cache"},
        metadata={"place": "Köln", "n": "1"},
        tags={"a": "1", "b": "2"},
    )
    told = dict(object_headers(bucket, version, {"content-type": "text/plain"}))
    assert told["content-type"] == "text/plain"
    assert told["cache-control"] == "no-cache"
    assert told["x-amz-meta-place"] == "=?UTF-8?B?S8O2bG4=?="
    assert told["x-amz-meta-n"] == "1"
    assert told["x-amz-storage-class"] == "GLACIER_IR"
    assert told["x-amz-tagging-count"] == "2"
    assert told["x-amz-version-id"] == "0" * 32


def test_overrides_come_from_the_query():
    assert response_overrides({"response-content-type": "text/csv", "versionId": "null"}) == {
        "content-type": "text/csv"
    }


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\x00", "🦋"])
def test_what_no_header_can_say_is_not_answered(value):
    with pytest.raises(AwsError) as raised:
        response_overrides({"response-content-disposition": value})
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields["ArgumentName"] == "response-content-disposition"
    with pytest.raises(AwsError) as raised:
        system_headers({"cache-control": value})
    assert raised.value.code == "InvalidArgument"


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "é", "a:b"])
def test_metadata_has_names_that_headers_have(name):
    with pytest.raises(AwsError) as raised:
        user_metadata({name: "v"})
    assert raised.value.code == "InvalidArgument"


def test_dates():
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert http_date(951827696) == "Tue, 29 Feb 2000 12:34:56 GMT"
    assert iso_date(951827696) == "2000-02-29T12:34:56.000Z"
