"""S3's conditional headers as conditions of the primitive."""

from datetime import UTC, datetime

import pytest

from lenticular.apis.aws.s3.conditions import (
    delete_conditions,
    entity_tags,
    read_conditions,
    source_conditions,
    write_conditions,
)
from lenticular.primitives.objects import ALWAYS, Conditions

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
NOON_MS = 1767355200000


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        (None, ()),
        ("", ()),
        ('"abc"', ("abc",)),
        ("abc", ("abc",)),
        ("*", ("*",)),
        ('"*"', ("*",)),
        ('"a", "b"', ("a", "b")),
        ('W/"a",b', ("a", "b")),
        (" , ", ()),
    ],
)
def test_entity_tags(header, tags):
    assert entity_tags(header) == tags


def test_no_condition_is_always():
    assert read_conditions({"Key": "k"}) is ALWAYS
    assert source_conditions({"IfMatch": "x"}) is ALWAYS
    assert write_conditions({"IfModifiedSince": NOON}) is ALWAYS
    assert delete_conditions(None) is ALWAYS


def test_a_readers_conditions():
    params = {
        "IfMatch": '"a"',
        "IfNoneMatch": '"b"',
        "IfModifiedSince": NOON,
        "IfUnmodifiedSince": NOON,
    }
    expected = Conditions(("a",), ("b",), NOON_MS, NOON_MS)
    assert read_conditions(params) == expected
    assert source_conditions({f"CopySource{name}": v for name, v in params.items()}) == expected


def test_a_writers_conditions():
    assert write_conditions({"IfNoneMatch": "*"}) == Conditions(if_none_match=("*",))
    assert write_conditions({"IfMatch": '"a"'}) == Conditions(if_match=("a",))


def test_a_deletions_conditions():
    assert delete_conditions('"a"', NOON, 7) == Conditions(
        ("a",), if_size=7, if_modified_at=NOON_MS
    )
