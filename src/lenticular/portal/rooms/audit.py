"""The audit log, for administrators: who did what, when and from where."""

import json
from typing import Any

from lenticular.apis.http import Response
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit

_SHOWN = 50

_CHANGES = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}

_KEYS = (
    ("", "What changed something"),
    ("all", "Everything, reading too"),
    ("Username", "User"),
    ("EventName", "Operation"),
    ("ResourceName", "Resource"),
    ("EventSource", "Service"),
    ("AccessKeyId", "Access key"),
)
"""What CloudTrail looks events up by."""


async def show(visit: Visit) -> Response:
    """Show a page of events, the newest first."""
    query = visit.query
    key, value = query.get("key", ""), query.get("value", "").strip()
    params: dict[str, Any] = {"MaxResults": _SHOWN}
    if not key:
        params["LookupAttributes"] = [_CHANGES]
    elif key != "all":
        params["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    if "next" in query:
        params["NextToken"] = query["next"]
    found = await visit.aws("cloudtrail", "lookup_events", **params)
    return visit.page(
        "audit.html",
        events=[_described(event) for event in found["Events"]],
        keys=_KEYS,
        key=key,
        value=value,
        next=found.get("NextToken", ""),
    )


def _described(event: dict[str, Any]) -> dict[str, Any]:
    record = json.loads(event["CloudTrailEvent"])
    return {
        "time": event["EventTime"],
        "who": event.get("Username", "nobody"),
        "what": event["EventName"],
        "service": event["EventSource"].removesuffix(".amazonaws.com"),
        "resources": [each["ResourceName"] for each in event.get("Resources", [])],
        "address": record.get("sourceIPAddress", ""),
        "refused": record.get("errorCode", ""),
        "record": json.dumps(record, indent=2, ensure_ascii=False),
        "id": event["EventId"],
    }


ROOM = Room(
    "/audit",
    "Audit log",
    "The lab",
    {"GET /audit": show},
    probe=Probe("cloudtrail", "lookup_events", {"MaxResults": 1}),
)
