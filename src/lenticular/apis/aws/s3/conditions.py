"""Conditional requests: S3's headers as the conditions of the objects primitive."""

from typing import Any

from lenticular.apis.aws.s3.dates import to_milliseconds
from lenticular.primitives.objects import ALWAYS, Conditions


def entity_tags(header: str | None) -> tuple[str, ...]:
    """Return the tags of an If-Match or If-None-Match header, without quotes.

    S3 takes them without quotes too. A weak tag is compared as a strong one.
    """
    if not header:
        return ()
    return tuple(
        tag for part in header.split(",") if (tag := part.strip().removeprefix("W/").strip('"'))
    )


def read_conditions(params: dict[str, Any]) -> Conditions:
    """Return the conditions of a reader (GetObject, HeadObject)."""
    return _conditions(params, "If")


def source_conditions(params: dict[str, Any]) -> Conditions:
    """Return the conditions on the source of a copy."""
    return _conditions(params, "CopySourceIf")


def _conditions(params: dict[str, Any], prefix: str) -> Conditions:
    match = params.get(prefix + "Match")
    none_match = params.get(prefix + "NoneMatch")
    modified = params.get(prefix + "ModifiedSince")
    unmodified = params.get(prefix + "UnmodifiedSince")
    if match is none_match is modified is unmodified is None:
        return ALWAYS
    return Conditions(
        if_match=entity_tags(match),
        if_none_match=entity_tags(none_match),
        if_modified_since=to_milliseconds(modified) if modified is not None else None,
        if_unmodified_since=to_milliseconds(unmodified) if unmodified is not None else None,
    )


def write_conditions(params: dict[str, Any]) -> Conditions:
    """Return the conditions on what a write replaces (PutObject, CopyObject, ...)."""
    match, none_match = params.get("IfMatch"), params.get("IfNoneMatch")
    if match is none_match is None:
        return ALWAYS
    return Conditions(if_match=entity_tags(match), if_none_match=entity_tags(none_match))


def delete_conditions(
    etag: str | None, modified: Any | None = None, size: int | None = None
) -> Conditions:
    """Return the conditions on what a deletion removes."""
    if etag is modified is size is None:
        return ALWAYS
    return Conditions(
        if_match=entity_tags(etag),
        if_modified_at=to_milliseconds(modified) if modified is not None else None,
        if_size=size,
    )
