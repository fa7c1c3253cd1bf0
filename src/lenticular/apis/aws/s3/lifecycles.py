"""Lifecycle configurations: S3's document as rules of the objects primitive, and back.

Amazon S3 API Reference, "LifecycleRule", and User Guide, "Lifecycle configuration elements".
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from lenticular.apis.aws.s3.dates import to_milliseconds
from lenticular.apis.aws.s3.errors import invalid_request, malformed_xml
from lenticular.apis.aws.s3.lifecycle_checks import check_rule, check_together, invalid
from lenticular.primitives.objects.lifecycle.rules import (
    ALL_CLASSES,
    BY_CLASS,
    IN_AND,
    IN_FILTER,
    IN_RULE,
    Expiration,
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
)
from lenticular.primitives.objects.storage_classes import WATERFALL

MAX_RULES = 1000

_PREDICATES = ("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And")


def document_lifecycle(document: Mapping[str, Any], smallest: str | None) -> Lifecycle:
    """Return the lifecycle that a document and its header describe.

    Raises MalformedXML, InvalidArgument and InvalidRequest, as S3 does.
    """
    given = document.get("Rules") or ()
    if not 1 <= len(given) <= MAX_RULES:
        raise malformed_xml()
    if smallest not in (None, ALL_CLASSES, BY_CLASS):
        raise invalid(
            "Invalid value for the x-amz-transition-default-minimum-object-size header",
            "x-amz-transition-default-minimum-object-size",
            smallest,
        )
    rules = tuple(_rule(rule) for rule in given)
    for rule in rules:
        check_rule(rule)
    check_together(rules)
    return Lifecycle(rules, smallest or ALL_CLASSES)


def lifecycle_document(lifecycle: Lifecycle) -> dict[str, Any]:
    """Return a lifecycle as results carry it."""
    return {
        "Rules": [_shown(rule) for rule in lifecycle.rules],
        "TransitionDefaultMinimumObjectSize": lifecycle.smallest,
    }


def _rule(given: Mapping[str, Any]) -> Rule:
    if given.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    found, form = _filter(given)
    noncurrent = given.get("NoncurrentVersionExpiration")
    abort = given.get("AbortIncompleteMultipartUpload")
    return Rule(
        id=given.get("ID") or secrets.token_urlsafe(36),
        enabled=given["Status"] == "Enabled",
        filter=found,
        form=form,
        expiration=_expiration(given.get("Expiration")),
        transitions=tuple(_transition(each) for each in given.get("Transitions") or ()),
        noncurrent_expiration=None
        if noncurrent is None
        else NoncurrentExpiration(
            _days(noncurrent, "NoncurrentDays"), noncurrent.get("NewerNoncurrentVersions", 0)
        ),
        noncurrent_transitions=tuple(
            NoncurrentTransition(
                _storage_class(each),
                _days(each, "NoncurrentDays"),
                each.get("NewerNoncurrentVersions", 0),
            )
            for each in given.get("NoncurrentVersionTransitions") or ()
        ),
        abort_days=None if abort is None else _days(abort, "DaysAfterInitiation"),
    )


def _filter(given: Mapping[str, Any]) -> tuple[Filter, str]:
    """Return a rule's filter, and where it stood."""
    found = given.get("Filter")
    if (found is None) == (given.get("Prefix") is None):
        raise malformed_xml()
    if found is None:
        return Filter(given["Prefix"]), IN_RULE
    predicates = [name for name in _PREDICATES if found.get(name) is not None]
    if len(predicates) > 1:
        raise malformed_xml()
    if predicates != ["And"]:
        tags = [found["Tag"]] if found.get("Tag") is not None else []
        return _predicates(found, tags), IN_FILTER
    both = found["And"]
    tags = both.get("Tags") or []
    if len({tag.get("Key") for tag in tags}) < len(tags):
        raise invalid_request("Duplicate Tag Keys are not allowed.")
    both_filter = _predicates(both, tags)
    if both_filter == Filter():
        raise malformed_xml()
    return both_filter, IN_AND


def _predicates(found: Mapping[str, Any], tags: Sequence[Mapping[str, str]]) -> Filter:
    if any(tag.get("Key") is None or tag.get("Value") is None for tag in tags):
        raise malformed_xml()
    return Filter(
        found.get("Prefix"),
        tuple((tag["Key"], tag["Value"]) for tag in tags),
        found.get("ObjectSizeGreaterThan"),
        found.get("ObjectSizeLessThan"),
    )


def _expiration(given: Mapping[str, Any] | None) -> Expiration | None:
    if given is None:
        return None
    if len([name for name, value in given.items() if value is not None]) != 1:
        raise malformed_xml()
    return Expiration(given.get("Days"), _date(given), given.get("ExpiredObjectDeleteMarker"))


def _transition(given: Mapping[str, Any]) -> Transition:
    if (given.get("Days") is None) == (given.get("Date") is None):
        raise malformed_xml()
    return Transition(_storage_class(given), given.get("Days"), _date(given))


def _storage_class(given: Mapping[str, Any]) -> str:
    if given.get("StorageClass") not in WATERFALL:
        raise malformed_xml()
    return str(given["StorageClass"])


def _days(given: Mapping[str, Any], name: str) -> int:
    if given.get(name) is None:
        raise malformed_xml()
    return int(given[name])


def _date(given: Mapping[str, Any]) -> int | None:
    date = given.get("Date")
    return None if date is None else to_milliseconds(date)


def _shown(rule: Rule) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ID": rule.id,
        "Status": "Enabled" if rule.enabled else "Disabled",
        **_shown_filter(rule),
    }
    if rule.expiration is not None:
        shown["Expiration"] = {
            "Days": rule.expiration.days,
            "Date": _seconds(rule.expiration.date),
            "ExpiredObjectDeleteMarker": rule.expiration.markers,
        }
    if rule.transitions:
        shown["Transitions"] = [
            {
                "Days": move.days,
                "Date": _seconds(move.date),
                "StorageClass": move.storage_class,
            }
            for move in rule.transitions
        ]
    if rule.noncurrent_expiration is not None:
        shown["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": rule.noncurrent_expiration.days,
            "NewerNoncurrentVersions": rule.noncurrent_expiration.newer or None,
        }
    if rule.noncurrent_transitions:
        shown["NoncurrentVersionTransitions"] = [
            {
                "NoncurrentDays": move.days,
                "NewerNoncurrentVersions": move.newer or None,
                "StorageClass": move.storage_class,
            }
            for move in rule.noncurrent_transitions
        ]
    if rule.abort_days is not None:
        shown["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": rule.abort_days}
    return shown


def _shown_filter(rule: Rule) -> dict[str, Any]:
    found = rule.filter
    if rule.form == IN_RULE:
        return {"Prefix": found.prefix}
    shown: dict[str, Any] = {
        "Prefix": found.prefix,
        "ObjectSizeGreaterThan": found.larger_than,
        "ObjectSizeLessThan": found.smaller_than,
    }
    tags = [{"Key": name, "Value": value} for name, value in found.tags]
    if rule.form == IN_AND:
        return {"Filter": {"And": {**shown, "Tags": tags or None}}}
    return {"Filter": {**shown, "Tag": tags[0] if tags else None}}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
