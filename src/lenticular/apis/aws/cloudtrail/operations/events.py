"""Events looked up: LookupEvents.

What is found is the last ninety days' management events of the caller's account, in whatever
region they were.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit import MANAGEMENT, Audit, Event, Resource
from lenticular.primitives.audit.lookup import Found, Query

_REMEMBERED = 90 * 24 * 3600
"""Seconds for which events can be looked up."""

_MOST = 50


class _Token(Struct, array_like=True, frozen=True):
    """Where a lookup goes on."""

    before: int
    query: bytes
    """A digest of what is looked up, which must stay the same."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Token).decode


class EventOperations:
    """What is asked of the log."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def lookup_events(self, call: Call, params: Params) -> Result:
        """Return a page of events, newest first."""
        call.require("cloudtrail:LookupEvents")
        attributes = params.get("LookupAttributes", ())
        if len(attributes) > 1:
            raise AwsError(
                "InvalidLookupAttributesException",
                "You can specify at most one lookup attribute",
            )
        now = time.time()
        since = params["StartTime"].timestamp() if "StartTime" in params else 0.0
        until = params["EndTime"].timestamp() if "EndTime" in params else None
        if until is not None and since > until:
            raise AwsError("InvalidTimeRangeException", "The start time is after the end time")
        if "EventCategory" in params:
            return {"Events": []}  # of insights there are none
        digest = _digest(params)
        query = Query(
            call.principal.account_id,
            _predicate(attributes[0]) if attributes else _is_management,
            since=max(since, now - _REMEMBERED),
            until=until,
            before=_before(params["NextToken"], digest) if "NextToken" in params else None,
            limit=params.get("MaxResults", _MOST),
        )
        page = await self._audit.look_up(query)
        result: Result = {"Events": [_described(found) for found in page.found]}
        if page.before is not None:
            token = _encode(_Token(page.before, digest))
            result["NextToken"] = base64.b64encode(token).decode()
        return result


def _digest(params: Params) -> bytes:
    asked = (
        [sorted(each.items()) for each in params.get("LookupAttributes", ())],
        str(params.get("StartTime")),
        str(params.get("EndTime")),
    )
    return hashlib.sha256(repr(asked).encode()).digest()[:8]


def _before(token: str, digest: bytes) -> int:
    try:
        found = _decode(base64.b64decode(token, validate=True))
    except (binascii.Error, msgspec.DecodeError):
        found = None
    if found is None or found.query != digest:
        raise AwsError(
            "InvalidNextTokenException",
            "The token was not given out for this lookup: send the same attributes and times",
        )
    return found.before


def _is_management(event: Event) -> bool:
    return event.event_category == MANAGEMENT


def _predicate(attribute: Mapping[str, str]) -> Callable[[Event], bool]:
    wanted = attribute["AttributeValue"]
    matches = _ATTRIBUTES[attribute["AttributeKey"]]
    return lambda event: _is_management(event) and matches(event, wanted)


def _has_resource(event: Event, wanted: str) -> bool:
    return any(wanted in {each.arn, _name(each)} for each in event.resources or ())


def _has_resource_type(event: Event, wanted: str) -> bool:
    return any(each.type == wanted for each in event.resources or ())


_ATTRIBUTES: Mapping[str, Callable[[Event, str], bool]] = {
    "AccessKeyId": lambda event, wanted: _access_key(event) == wanted,
    "EventId": lambda event, wanted: event.event_id == wanted,
    "EventName": lambda event, wanted: event.event_name == wanted,
    "EventSource": lambda event, wanted: event.event_source == wanted,
    "ReadOnly": lambda event, wanted: event.read_only == (wanted.lower() == "true"),
    "ResourceName": _has_resource,
    "ResourceType": _has_resource_type,
    "Username": lambda event, wanted: _user_name(event) == wanted,
}


def _described(found: Found) -> Result:
    event = found.event
    result: Result = {
        "EventId": event.event_id,
        "EventName": event.event_name,
        "ReadOnly": "true" if event.read_only else "false",
        "EventTime": datetime.fromisoformat(event.event_time),
        "EventSource": event.event_source,
        "Resources": [
            {"ResourceType": each.type, "ResourceName": _name(each)}
            for each in (() if event.resources is UNSET else event.resources)
        ],
        "CloudTrailEvent": found.document.decode(),
    }
    if access_key := _access_key(event):
        result["AccessKeyId"] = access_key
    if user_name := _user_name(event):
        result["Username"] = user_name
    return result


def _name(resource: Resource) -> str:
    """Return how people call a resource: the last part of its ARN."""
    path = resource.arn.split(":", 5)[-1]
    if resource.arn.startswith("arn:aws:s3:"):
        return path
    kind, separator, name = path.replace(":", "/", 1).partition("/")
    return (name if kind != "user" else name.rpartition("/")[2]) if separator else path


def _access_key(event: Event) -> str:
    return str(event.user_identity.get("accessKeyId", ""))


def _user_name(event: Event) -> str:
    """Return who called, as people say: the user's name, a session's, or root."""
    identity = event.user_identity
    if identity.get("type") == "Root":
        return "root"
    session = str(identity.get("principalId", "")).partition(":")[2]
    return str(identity.get("userName") or session)
