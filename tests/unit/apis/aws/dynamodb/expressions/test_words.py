"""The reserved words."""

from lenticular.apis.aws.dynamodb.expressions import words


def test_the_published_list():
    assert len(words.RESERVED) == 573
    assert {"ABORT", "NAME", "SIZE", "STATUS", "ZONE", "TTL", "VALUES"} <= words.RESERVED
    assert all(word == word.upper() and word.isidentifier() for word in words.RESERVED)


def test_in_any_case_and_not_within_others():
    assert words.is_reserved("Status")
    assert not words.is_reserved("statuses")
