"""Notifications: which events of a bucket are told to queues, topics, functions and event buses."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from uuid import uuid4

from lenticular.apis.aws.s3.errors import invalid_argument, malformed_xml
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.events import Events
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.notifications import (
    EVENTS,
    FUNCTION,
    NOTIFICATIONS,
    QUEUE,
    TOPIC,
    Notifications,
    Rule,
)

MAX_RULES = 100

# The members of the document: list, ARN, service of the ARN, kind.
_KINDS = (
    ("QueueConfigurations", "QueueArn", "sqs", QUEUE),
    ("TopicConfigurations", "TopicArn", "sns", TOPIC),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", FUNCTION),
)
_EVENT_NAMES = frozenset(EVENTS) | {f"{name.partition(':')[0]}:*" for name in EVENTS if ":" in name}
_FILTERS = ("prefix", "suffix")
_PREFIX = "s3:"


class NotificationOperations:
    """Notifications of buckets."""

    def __init__(self, storage: ObjectStorage, events: Events) -> None:
        self._settings = storage.settings
        self._buckets = storage.buckets
        self._events = events

    async def put_bucket_notification_configuration(self, call: Call, params: Params) -> Result:
        """Say which events are told. API reference: PutBucketNotificationConfiguration."""
        action, name = "s3:PutBucketNotification", params["Bucket"]
        await self._buckets.get(call.principal, name, action)
        given = params.get("NotificationConfiguration") or {}
        rules = [
            _rule(entry, member, kind)
            for members, member, _, kind in _KINDS
            for entry in given.get(members) or ()
        ]
        _check(rules)
        if not params.get("SkipDestinationValidation"):
            await self._check_destinations(rules)
        bus = "EventBridgeConfiguration" in given
        if rules or bus:
            setting = Notifications(tuple(rules), bus)
            await self._settings.put(call.principal, name, NOTIFICATIONS, setting, action)
        else:
            await self._settings.delete(call.principal, name, NOTIFICATIONS, action)
        return {}

    async def _check_destinations(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            if not await self._events.takes(rule.destination):
                raise invalid_argument(
                    "Unable to validate the following destination configurations",
                    rule.destination,
                    "The destination does not exist, or its service is not part of this cloud.",
                )

    async def get_bucket_notification_configuration(self, call: Call, params: Params) -> Result:
        """Tell which events are told. API reference: GetBucketNotificationConfiguration."""
        found = await self._settings.get(
            call.principal, params["Bucket"], NOTIFICATIONS, "s3:GetBucketNotification"
        )
        setting = found or Notifications()
        result: Result = {
            members: [_shown(rule, member) for rule in setting.rules if rule.kind == kind]
            for members, member, _, kind in _KINDS
        }
        if setting.bus:
            result["EventBridgeConfiguration"] = {}
        return result


def _rule(entry: Mapping[str, Any], member: str, kind: str) -> Rule:
    destination, events = entry.get(member), entry.get("Events")
    if not destination or not events:
        raise malformed_xml()
    service = next(service for _, _, service, known in _KINDS if known == kind)
    if not destination.startswith(f"arn:aws:{service}:"):
        raise invalid_argument("The ARN could not be parsed", member, destination)
    for event in events:
        if not event.startswith(_PREFIX) or event.removeprefix(_PREFIX) not in _EVENT_NAMES:
            raise invalid_argument(f"The event {event} is not supported", "Event", event)
    filters = _filters(((entry.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ())
    return Rule(
        id=entry.get("Id") or str(uuid4()),
        kind=kind,
        destination=destination,
        events=tuple(dict.fromkeys(event.removeprefix(_PREFIX) for event in events)),
        prefix=filters.get("prefix"),
        suffix=filters.get("suffix"),
    )


def _filters(rules: Iterable[Mapping[str, str]]) -> dict[str, str]:
    filters: dict[str, str] = {}
    for rule in rules:
        name = str(rule.get("Name", "")).lower()
        if name not in _FILTERS:
            raise invalid_argument(
                "filter rule name must be either prefix or suffix", "FilterRule.Name", name
            )
        if name in filters:
            raise invalid_argument(
                f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", name
            )
        filters[name] = rule.get("Value") or ""
    return filters


def _check(rules: Sequence[Rule]) -> None:
    """Raise InvalidArgument for rules that do not go together."""
    if len(rules) > MAX_RULES:
        raise invalid_argument(
            f"A bucket has at most {MAX_RULES} notifications", "Configurations", len(rules)
        )
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise invalid_argument("Same ID used for multiple configurations.", "Id", ids[0])
    for one, other in combinations(rules, 2):
        if _overlap(one, other):
            raise AwsError(
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot share a common "
                "event type.",
                fields={"ArgumentName1": one.id, "ArgumentName2": other.id},
            )


def _overlap(one: Rule, other: Rule) -> bool:
    """Tell whether there may be an event that two rules tell."""
    if not any(one.covers(name) and other.covers(name) for name in EVENTS):
        return False
    prefixes = sorted((one.prefix or "", other.prefix or ""), key=len)
    suffixes = sorted((one.suffix or "", other.suffix or ""), key=len)
    return prefixes[1].startswith(prefixes[0]) and suffixes[1].endswith(suffixes[0])


def _shown(rule: Rule, member: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Id": rule.id,
        member: rule.destination,
        "Events": [_PREFIX + event for event in rule.events],
    }
    filters = [
        {"Name": name.title(), "Value": value}
        for name, value in (("prefix", rule.prefix), ("suffix", rule.suffix))
        if value is not None
    ]
    if filters:
        shown["Filter"] = {"Key": {"FilterRules": filters}}
    return shown
