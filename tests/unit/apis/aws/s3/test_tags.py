"""Tags: both forms, and their limits."""

import pytest

from lenticular.apis.aws.s3.tags import document_tags, header_tags, tag_set
from lenticular.apis.aws.wire.errors import AwsError


def _document(*pairs):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}


def test_the_header_is_a_query():
    assert header_tags(None) == {}
    assert header_tags("") == {}
    assert header_tags("a=1&b") == {"a": "1", "b": ""}
    assert header_tags("a=1&b=&c%20d=%2Fe") == {"a": "1", "b": "", "c d": "/e"}


@pytest.mark.parametrize("header", ["a=%ff", "%c3=1"])
def test_other_headers_are_refused(header):
    with pytest.raises(AwsError) as raised:
        header_tags(header)
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields["ArgumentName"] == "x-amz-tagging"


def test_a_document_is_told_by_its_keys():
    tags = document_tags(_document(("z", "1"), ("a", "ä")), 10)
    assert tag_set(tags) == [{"Key": "a", "Value": "ä"}, {"Key": "z", "Value": "1"}]
    assert document_tags({"TagSet": []}, 10) == {}


@pytest.mark.parametrize("document", [None, {}, {"TagSet": [{"Key": "a"}]}])
def test_incomplete_documents_are_malformed(document):
    with pytest.raises(AwsError) as raised:
        document_tags(document, 10)
    assert raised.value.code == "MalformedXML"


def test_the_longest_tags():
    assert document_tags(_document(("k" * 128, "v" * 256)), 10)


@pytest.mark.parametrize(
    "pair",
    [("", "v"), ("k" * 129, "v"), ("k", "v" * 257), ("k!", "v"), ("k", "v#"), ("aws:k", "v")],
)
def test_tags_that_there_cannot_be(pair):
    with pytest.raises(AwsError) as raised:
        document_tags(_document(pair), 10)
    assert (raised.value.code, raised.value.status) == ("InvalidTag", 400)
    assert raised.value.fields == {"TagKey": pair[0]}


def test_a_key_is_there_once():
    with pytest.raises(AwsError) as raised:
        document_tags(_document(("a", "1"), ("a", "2")), 10)
    assert raised.value.code == "InvalidTag"
    with pytest.raises(AwsError) as raised:
        header_tags("a=1&a=2")
    assert raised.value.code == "InvalidTag"


@pytest.mark.parametrize("limit", [10, 50])
def test_there_are_so_many_tags_and_no_more(limit):
    pairs = [(f"k{number}", "v") for number in range(limit + 1)]
    assert len(document_tags(_document(*pairs[:limit]), limit)) == limit
    with pytest.raises(AwsError, match=f"cannot be greater than {limit}"):
        document_tags(_document(*pairs), limit)
