"""What Budgets and Cost Explorer call the meters' lines, and how both filter them.

API reference: "AWS Billing and Cost Management", Expression; the names of services and usage
types are those that stand on bills.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lenticular.primitives.meters import (
    BYTES_OUT,
    DELETE,
    LIST,
    MANAGE,
    READ,
    REQUESTS,
    STORAGE,
    WRITE,
    Filter,
    Line,
    all_of,
    any_of,
    none_of,
    one_of,
)

PROJECT_TAG = "project"
"""The cost allocation tag that the meters know."""

CREATOR_TAG = "aws:createdBy"
"""The tag that AWS itself gives: whose doing it was."""

TAGS = {PROJECT_TAG: "project", CREATOR_TAG: "user"}
"""The dimension of a line by tag."""

_TITLES = {
    "objects": "Amazon Simple Storage Service",
    "tables": "Amazon DynamoDB",
    "kms": "AWS Key Management Service",
    "secretsmanager": "AWS Secrets Manager",
    "ssm": "AWS Systems Manager",
    "iam": "AWS Identity and Access Management",
    "sts": "AWS Security Token Service",
    "budgets": "AWS Budgets",
    "ce": "AWS Cost Explorer",
    "cloudtrail": "AWS CloudTrail",
}
_SERVICES = {title: service for service, title in _TITLES.items()}

_TYPES = {
    ("objects", WRITE): "Requests-Tier1",
    ("objects", LIST): "Requests-Tier1",
    ("objects", MANAGE): "Requests-Tier1",
    ("objects", READ): "Requests-Tier2",
    ("objects", DELETE): "Requests-Tier2",
    ("tables", WRITE): "WriteRequestUnits",
    ("tables", DELETE): "WriteRequestUnits",
    ("tables", READ): "ReadRequestUnits",
}
_STORAGE_TYPE = "TimedStorage-ByteHrs"
_BYTES_TYPE = "DataTransfer-Out-Bytes"
_REQUESTS_TYPE = "Requests"

UNITS = {STORAGE: "GB-Month", BYTES_OUT: "GB"} | dict.fromkeys(REQUESTS, "Requests")
"""In what unit each meter is shown."""

_DIMENSIONS = ("LINKED_ACCOUNT", "SERVICE", "USAGE_TYPE")

Refuse = Callable[[str], Exception]
"""Makes the service's error of a parameter that cannot be used."""


def service_title(line: Line) -> str:
    """Return the name that a line's service has on a bill."""
    return _TITLES.get(line.service, line.service)


def usage_type(line: Line) -> str:
    """Return the usage type that a line has on a bill."""
    return _type(line.service, line.meter)


def read_expression(expression: Mapping[str, Any], refuse: Refuse) -> Filter:
    """Return the filter that an Expression means."""
    if len(expression) != 1:
        raise refuse("An expression has exactly one of And, Or, Not, Dimensions and Tags")
    [(kind, value)] = expression.items()
    match kind:
        case "And" | "Or":
            if len(value) < 2:
                raise refuse(f"{kind} combines at least two expressions")
            parts = [read_expression(part, refuse) for part in value]
            return all_of(*parts) if kind == "And" else any_of(*parts)
        case "Not":
            return none_of(read_expression(value, refuse))
        case "Dimensions":
            return read_dimension(value["Key"], _values(value, refuse), refuse)
        case "Tags":
            return read_tag(value.get("Key", ""), _values(value, refuse), refuse)
    raise refuse(f"{kind} is not metered here: use Dimensions or Tags")


def read_dimension(key: str, values: Iterable[str], refuse: Refuse) -> Filter:
    """Return the filter of a dimension that has one of some values."""
    match key:
        case "LINKED_ACCOUNT":
            return one_of("account_id", *values)
        case "SERVICE":
            return one_of("service", *(_SERVICES.get(value, value) for value in values))
        case "USAGE_TYPE":
            return any_of(*map(_of_type, values))
    raise refuse(f"The dimension {key} is not metered here: there are {', '.join(_DIMENSIONS)}")


def read_tag(key: str, values: Iterable[str], refuse: Refuse) -> Filter:
    """Return the filter of a tag that has one of some values."""
    if key == PROJECT_TAG:
        return one_of("project", *values)
    if key == CREATOR_TAG:
        return one_of("user", *values)
    raise refuse(f"The tag {key} is not metered here: there are {', '.join(TAGS)}")


def _values(given: Mapping[str, Any], refuse: Refuse) -> list[str]:
    options = set(given.get("MatchOptions", ())) - {"EQUALS", "CASE_SENSITIVE"}
    if options == {"ABSENT"} and not given.get("Values"):
        return [""]
    if options:
        raise refuse(f"MatchOptions can be EQUALS here, not {', '.join(sorted(options))}")
    return list(given.get("Values", ()))


def _type(service: str, meter: str) -> str:
    if meter == STORAGE:
        return _STORAGE_TYPE
    if meter == BYTES_OUT:
        return _BYTES_TYPE
    return _TYPES.get((service, meter), _REQUESTS_TYPE)


def _of_type(wanted: str) -> Filter:
    """Return the filter of the lines of a usage type; of an unknown one there are none."""
    if wanted == _STORAGE_TYPE:
        return one_of("meter", STORAGE)
    if wanted == _BYTES_TYPE:
        return one_of("meter", BYTES_OUT)
    named = [pair for pair, name in _TYPES.items() if name == wanted]
    if wanted == _REQUESTS_TYPE:
        known = {service for service, _ in _TYPES}
        others = none_of(one_of("service", *known))
        return all_of(one_of("meter", *REQUESTS), any_of(others, *_LEFT_OVER))
    return any_of(
        *(all_of(one_of("service", service), one_of("meter", meter)) for service, meter in named)
    )


_LEFT_OVER = tuple(
    all_of(one_of("service", service), one_of("meter", meter))
    for service in {service for service, _ in _TYPES}
    for meter in REQUESTS
    if (service, meter) not in _TYPES
)
"""The requests of services with types of their own that have none of these."""
