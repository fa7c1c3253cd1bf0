"""Event selectors: which events a trail is for, in CloudTrail's two languages.

AWS CloudTrail User Guide, "Logging management events" and "Logging data events": basic
selectors name kinds of events and resources; advanced ones compare fields. A trail takes an
event that any of its selectors takes. Without any, it takes all management events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from lenticular.primitives.audit.events import DATA, MANAGEMENT, Event

Selector = Mapping[str, Any]
"""One selector, in the members of CloudTrail's API."""

DEFAULT: Sequence[Selector] = (
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    },
)
"""What stands for no selectors."""

Values = Iterable[str]

_POSITIVE: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
_NEGATIVE = {f"Not{name}": compare for name, compare in _POSITIVE.items()}
OPERATORS = (*_POSITIVE, *_NEGATIVE)

FIELDS: Mapping[str, Callable[[Event], Values]] = {
    "eventCategory": lambda event: [event.event_category],
    "eventName": lambda event: [event.event_name],
    "eventSource": lambda event: [event.event_source],
    "eventType": lambda event: [event.event_type],
    "readOnly": lambda event: ["true" if event.read_only else "false"],
    "resources.ARN": lambda event: [resource.arn for resource in event.resources or ()],
    "resources.type": lambda event: [resource.type for resource in event.resources or ()],
    "userIdentity.arn": lambda event: [event.user_identity.get("arn", "")],
}
"""What an advanced selector can compare."""


def takes(basic: Sequence[Selector], advanced: Sequence[Selector], event: Event) -> bool:
    """Tell whether a trail with these selectors takes an event."""
    if advanced:
        return any(_matches_fields(selector, event) for selector in advanced)
    return any(_matches_kind(selector, event) for selector in basic or DEFAULT)


def wants_data(basic: Sequence[Selector], advanced: Sequence[Selector]) -> bool:
    """Tell whether a trail with these selectors takes any data events."""
    if advanced:
        return any(
            field["Field"] == "eventCategory" and DATA in field.get("Equals", ())
            for selector in advanced
            for field in selector["FieldSelectors"]
        )
    return any(selector.get("DataResources") for selector in basic)


def _matches_kind(selector: Selector, event: Event) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    if wanted != "All" and event.read_only != (wanted == "ReadOnly"):
        return False
    if event.event_category == MANAGEMENT:
        excluded = selector.get("ExcludeManagementEventSources", ())
        included = selector.get("IncludeManagementEvents", True)
        return included and event.event_source not in excluded
    return any(_names(data, event) for data in selector.get("DataResources", ()))


def _names(data: Selector, event: Event) -> bool:
    """Tell whether an event is about a resource that a basic selector names.

    A name is the beginning of an ARN: a bucket with an empty or another prefix, a table, or
    only the service for all there is of the type.
    """
    if event.resources is UNSET:
        return False
    return any(
        resource.type == data["Type"] and resource.arn.startswith(value)
        for resource in event.resources
        for value in data.get("Values", ())
    )


def _matches_fields(selector: Selector, event: Event) -> bool:
    return all(_matches_field(field, event) for field in selector["FieldSelectors"])


def _matches_field(field: Selector, event: Event) -> bool:
    values = list(FIELDS[field["Field"]](event)) if field["Field"] in FIELDS else []
    if any(_compare(_NEGATIVE, field, value) for value in values):
        return False
    has_positive = any(name in field for name in _POSITIVE)
    return not has_positive or any(_compare(_POSITIVE, field, value) for value in values)


def _compare(
    operators: Mapping[str, Callable[[str, str], bool]], field: Selector, value: str
) -> bool:
    return any(
        compare(value, wanted)
        for name, compare in operators.items()
        for wanted in field.get(name, ())
    )
