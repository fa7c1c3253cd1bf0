"""Tags: the header and the document form, and the limits that both have.

Amazon S3 User Guide, "Categorizing your storage using tags".
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from lenticular.apis.aws.s3.errors import invalid_argument, malformed_xml
from lenticular.apis.aws.wire.errors import AwsError

MAX_OBJECT_TAGS = 10
MAX_BUCKET_TAGS = 50
MAX_KEY = 128
"""Longest tag key, in characters."""
MAX_VALUE = 256
"""Longest tag value, in characters."""

_TEXT = re.compile(r"[\w\s+\-=.:/@]*")
_RESERVED = "aws:"


def header_tags(header: str | None) -> dict[str, str]:
    """Return the tags of an x-amz-tagging header, which is written like a URL's query.

    Raises InvalidArgument for one that is not UTF-8, and InvalidTag for its tags.
    """
    if not header:
        return {}
    try:
        pairs = parse_qsl(header, keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query "
            "parameters without tag name duplicates.",
            "x-amz-tagging",
            header,
        ) from None
    return _checked(pairs, MAX_OBJECT_TAGS)


def document_tags(tagging: Mapping[str, Any] | None, limit: int) -> dict[str, str]:
    """Return the tags of a Tagging document.

    Raises MalformedXML for one without a TagSet, and InvalidTag for its tags.
    """
    tag_set = (tagging or {}).get("TagSet")
    if tag_set is None:
        raise malformed_xml()
    pairs = []
    for tag in tag_set:
        if tag.get("Key") is None or tag.get("Value") is None:
            raise malformed_xml()
        pairs.append((tag["Key"], tag["Value"]))
    return _checked(pairs, limit)


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as results carry them, by their keys."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def _checked(pairs: Iterable[tuple[str, str]], limit: int) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key, value in pairs:
        if not key or len(key) > MAX_KEY or not _TEXT.fullmatch(key):
            raise _invalid("The TagKey you have provided is invalid", key)
        if key.startswith(_RESERVED):
            raise _invalid("System tags cannot be added/updated by requester", key)
        if len(value) > MAX_VALUE or not _TEXT.fullmatch(value):
            raise _invalid("The TagValue you have provided is invalid", key)
        if key in tags:
            raise _invalid("Cannot provide multiple Tags with the same key", key)
        tags[key] = value
    if len(tags) > limit:
        kind = "Object" if limit == MAX_OBJECT_TAGS else "Bucket"
        raise AwsError("InvalidTag", f"{kind} tags cannot be greater than {limit}")
    return tags


def _invalid(message: str, key: str) -> AwsError:
    return AwsError("InvalidTag", message, fields={"TagKey": key})
