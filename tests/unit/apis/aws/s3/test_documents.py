"""The documents that are written by hand: well-formed whatever the keys are."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lenticular.apis.aws.s3 import documents
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects import Listed

S3 = f"{{{documents.NAMESPACE}}}"


def _listed(**changes):
    fields = {
        "sort": bytes(16),
        "size": 7,
        "etag": "acbd18db4cc2f85cedef654fccc4a4d8",
        "modified": 1767355200999,
        "storage_class": "STANDARD",
        "owner": "a" * 64,
        "is_marker": False,
        "is_null": True,
        "checksums": {},
        "checksum_type": "",
    }
    return Listed(**fields | changes)


def _parsed(*parts):
    return etree.fromstring(documents.document("R", *parts))


def test_one_object():
    listed = _listed(checksums={"crc32": b"1234"}, checksum_type="FULL_OBJECT")
    owner = documents.owner_element("Owner", {"ID": "a" * 64, "DisplayName": "R&D"})
    shown = documents.entry(listed, owner)
    [found] = _parsed(documents.contents([("a<b", shown)], documents.encoder(None)))
    told = {child.tag.removeprefix(S3): child.text for child in found.iter() if child.text}
    assert found.tag == f"{S3}Contents"
    assert told == {
        "Key": "a<b",
        "LastModified": "2026-01-02T12:00:00.000Z",
        "ETag": '"acbd18db4cc2f85cedef654fccc4a4d8"',
        "ChecksumAlgorithm": "CRC32",
        "ChecksumType": "FULL_OBJECT",
        "Size": "7",
        "ID": "a" * 64,
        "DisplayName": "R&D",
        "StorageClass": "STANDARD",
    }


def test_versions_and_markers_keep_their_order():
    entries = [
        ("a", _listed(is_marker=True, is_null=False), True),
        ("a", _listed(), False),
        ("b", _listed(), True),
    ]
    root = _parsed(documents.versions(entries, documents.encoder(None), {}))
    assert [child.tag.removeprefix(S3) for child in root] == ["DeleteMarker", "Version", "Version"]
    assert [child.findtext(f"{S3}IsLatest") for child in root] == ["true", "false", "true"]
    assert [child.findtext(f"{S3}VersionId") for child in root] == ["0" * 32, "null", "null"]
    assert root[0].find(f"{S3}Size") is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_printable_key_survives_a_document(key):
    [found] = _parsed(documents.encoded("Key", key, documents.encoder(None)))
    assert (found.text or "") == key


@given(st.text())
def test_any_key_at_all_survives_url_encoding(key):
    try:
        key.encode()
    except UnicodeEncodeError:
        return
    written = documents.encoder("url")(key)
    assert written.isascii()
    assert written.isprintable()
    assert unquote(written) == key


def test_url_encoding_is_that_of_s3():
    encode = documents.encoder("url")
    assert encode("a/b-c_d.e~f") == "a/b-c_d.e~f"
    assert encode("test_file(3).png") == "test_file%283%29.png"
    assert encode("a+b c") == "a%2Bb%20c"


def test_another_encoding_is_refused():
    with pytest.raises(AwsError) as raised:
        documents.encoder("base64")
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields == {"ArgumentName": "encoding-type", "ArgumentValue": "base64"}


@given(st.text(min_size=1))
def test_tokens_come_back_as_what_they_stand_for(last):
    try:
        last.encode()
    except UnicodeEncodeError:
        return
    assert documents.read_continuation_token(documents.continuation_token(last)) == last


@pytest.mark.parametrize("token", ["", "x", "MQ==", "Mg==", "é", "MS//", "a b"])
def test_tokens_that_were_not_given_out(token):
    with pytest.raises(AwsError) as raised:
        documents.read_continuation_token(token)
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields["ArgumentName"] == "continuation-token"


def test_common_prefixes_are_encoded():
    root = _parsed(documents.common_prefixes(["a b/", "c/"], documents.encoder("url")))
    assert [child.findtext(f"{S3}Prefix") for child in root] == ["a%20b/", "c/"]
