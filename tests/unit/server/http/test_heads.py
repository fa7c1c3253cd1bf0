"""Heads: targets as they came, responses that nothing can be smuggled into."""

import pytest

from lenticular.server.http.heads import (
    FIELD_NAMES,
    FieldNames,
    HeadInvalid,
    new_request_id,
    response_head,
    split_target,
)


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        (b"/b%C3%BCcket/a%2Fb?x=a%20b", ("/b%C3%BCcket/a%2Fb", "/b\u00fccket/a/b", "x=a%20b")),
        (b"/a?b?c", ("/a", "/a", "b?c")),
        (b"/", ("/", "/", "")),
        (b"http://example.org/a?b", ("/a", "/a", "b")),
        (b"http://example.org", ("/", "/", "")),
        (b"/a#fragment", ("/a", "/a", "")),
    ],
)
def test_a_target_is_taken_apart(target, parts):
    assert split_target(target) == parts


@pytest.mark.parametrize("target", [b"/\xc3\xbc", b"nonsense"])
def test_a_target_that_is_no_url_is_refused(target):
    with pytest.raises(HeadInvalid):
        split_target(target)


def test_request_ids_are_never_the_same():
    assert len({new_request_id() for _ in range(1000)}) == 1000


def test_a_head_is_written():
    lines = response_head(404, [("ETag", "x"), ("a", "b")]).split("\r\n")
    assert lines[0] == "HTTP/1.1 404 Not Found"
    assert lines[1].startswith("date: ")
    assert lines[1].endswith(" GMT")
    assert lines[2:] == ["ETag: x", "a: b", ""]
    assert response_head(299, []).startswith("HTTP/1.1 299 \r\n")


@pytest.mark.parametrize(
    "header",
    [("a", "b\r\nset-cookie: x"), ("a", "b\nx: y"), ("a\r\nx", "y"), ("a", "b\0"), ("a", "\r")],
)
def test_a_header_cannot_split_a_response(header):
    with pytest.raises(ValueError, match="line break or a zero"):
        response_head(200, [header])


def test_names_are_kept_up_to_a_number():
    names = FieldNames()
    assert [names[b"X-%d" % number] for number in range(1000)][999] == "x-999"
    assert len(names) < 1000
    assert FIELD_NAMES[b"Content-Length"] == "content-length"
