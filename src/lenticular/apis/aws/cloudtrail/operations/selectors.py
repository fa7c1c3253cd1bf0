"""Which events a trail is for: PutEventSelectors, GetEventSelectors.

AWS CloudTrail User Guide, "Logging data events": what basic and advanced selectors may say.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lenticular.apis.aws.cloudtrail.errors import invalid_selectors
from lenticular.apis.aws.cloudtrail.names import home_trail_name, trail_name
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit.events import DATA, MANAGEMENT
from lenticular.primitives.audit.selectors import DEFAULT, FIELDS, OPERATORS
from lenticular.primitives.audit.trails import Trail, Trails

Given = Sequence[Mapping[str, Any]]

_MOST_BASIC = 5
_MOST_RESOURCES = 250
_MOST_VALUES = 500
_RESOURCES = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb",
    "AWS::Lambda::Function": "arn:aws:lambda",
    "AWS::S3::Object": "arn:aws:s3",
}
"""What data a basic selector can name, and what the values begin with."""

_EXCLUDABLE = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
_ONLY_EQUALS = frozenset({"eventCategory", "readOnly", "resources.type"})
_OF_MANAGEMENT = frozenset({"eventCategory", "eventSource", "readOnly"})


class SelectorOperations:
    """What is done to event selectors."""

    def __init__(self, trails: Trails) -> None:
        self._trails = trails

    async def put_event_selectors(self, call: Call, params: Params) -> Result:
        """Replace the selectors of a trail by basic or by advanced ones."""
        found = home_trail_name(call, params["TrailName"])
        call.require("cloudtrail:PutEventSelectors", found.arn)
        basic = params.get("EventSelectors", ())
        advanced = params.get("AdvancedEventSelectors", ())
        if bool(basic) == bool(advanced):
            raise invalid_selectors(
                "Give either EventSelectors or AdvancedEventSelectors, and at least one"
            )
        made = tuple(_checked_basic(basic))
        _check_advanced(advanced)

        def change(trail: Trail) -> Trail:
            return replace(trail, basic=made, advanced=tuple(advanced))

        return _described(await self._trails.change(*found, change))

    async def get_event_selectors(self, call: Call, params: Params) -> Result:
        """Return the selectors of a trail; those that stand for none, where none were put."""
        found = trail_name(call, params["TrailName"])
        call.require("cloudtrail:GetEventSelectors", found.arn)
        return _described(await self._trails.find(*found))


def _described(trail: Trail) -> Result:
    result: Result = {"TrailARN": trail.arn}
    if trail.advanced:
        return result | {"AdvancedEventSelectors": list(trail.advanced)}
    return result | {"EventSelectors": list(trail.basic or DEFAULT)}


def _checked_basic(given: Given) -> list[dict[str, Any]]:
    """Return basic selectors with all their members. Raises InvalidEventSelectorsException."""
    if len(given) > _MOST_BASIC:
        raise invalid_selectors(f"A trail has at most {_MOST_BASIC} event selectors")
    count = sum(
        len(data.get("Values", ())) for each in given for data in each.get("DataResources", ())
    )
    if count > _MOST_RESOURCES:
        raise invalid_selectors(f"A trail has at most {_MOST_RESOURCES} data resources")
    made: list[dict[str, Any]] = []
    for selector in given:
        excluded = selector.get("ExcludeManagementEventSources", [])
        if not _EXCLUDABLE.issuperset(excluded):
            raise invalid_selectors(
                f"ExcludeManagementEventSources can have {', '.join(sorted(_EXCLUDABLE))}"
            )
        for data in selector.get("DataResources", ()):
            _check_data(data)
        made.append({**DEFAULT[0], **selector})
    return made


def _check_data(data: Mapping[str, Any]) -> None:
    kind = data.get("Type")
    if kind not in _RESOURCES:
        raise invalid_selectors(
            f"The type of data resources is one of {', '.join(_RESOURCES)}, not {kind}"
        )
    for value in data.get("Values", ()):
        if not value.startswith(_RESOURCES[kind]):
            raise invalid_selectors(
                f"Value {value} for DataResources.Values is invalid: expected the beginning of "
                f"an ARN of {kind}"
            )


def _check_advanced(given: Given) -> None:
    """Raise InvalidEventSelectorsException for advanced selectors that make no sense."""
    values = 0
    for selector in given:
        fields = {field["Field"]: field for field in selector["FieldSelectors"]}
        if len(fields) != len(selector["FieldSelectors"]):
            raise invalid_selectors("A field can be selected only once in a selector")
        for name, field in fields.items():
            _check_field(name, field)
            values += sum(len(field.get(operator, ())) for operator in OPERATORS)
        _check_category(fields)
    if values > _MOST_VALUES:
        raise invalid_selectors(f"A trail has at most {_MOST_VALUES} values of conditions")


def _check_field(name: str, field: Mapping[str, Any]) -> None:
    if name not in FIELDS:
        raise invalid_selectors(
            f"There is no field {name} to select by; there are {', '.join(FIELDS)}"
        )
    if not any(operator in field for operator in OPERATORS):
        raise invalid_selectors(f"The field {name} has no operator such as Equals")
    if name in _ONLY_EQUALS and set(field) != {"Field", "Equals"}:
        raise invalid_selectors(f"The field {name} can only be compared by Equals")


def _check_category(fields: Mapping[str, Mapping[str, Any]]) -> None:
    category = fields.get("eventCategory", {}).get("Equals", [])
    if category == [MANAGEMENT]:
        if not fields.keys() <= _OF_MANAGEMENT:
            raise invalid_selectors(
                f"Management events are selected by {', '.join(sorted(_OF_MANAGEMENT))} only"
            )
    elif category == [DATA]:
        if len(fields.get("resources.type", {}).get("Equals", [])) != 1:
            raise invalid_selectors("A selector of data events names one resources.type")
    else:
        raise invalid_selectors(
            f"A selector has an eventCategory that equals {MANAGEMENT} or {DATA}"
        )
