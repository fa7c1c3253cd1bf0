"""Notifications: which events of a bucket are told, and to whom.

Names of events and their details are Amazon S3's (User Guide, "Amazon S3 Event
Notifications" and "EventBridge event message structure"). A bucket that asks for none
costs nothing: its record says so.
"""

import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.events import Event, append
from lenticular.primitives.objects.records import NULL_VERSION, Bucket, Version
from lenticular.primitives.objects.rights import bucket_arn
from lenticular.primitives.objects.settings import Kind
from lenticular.primitives.principals import Principal

BUS = "events"
"""The target of events that are for the account's event bus."""

SOURCE = "aws.s3"

QUEUE, TOPIC, FUNCTION = "queue", "topic", "function"

EVENTS: Mapping[str, str] = {
    "ObjectCreated:Put": "Object Created",
    "ObjectCreated:Post": "Object Created",
    "ObjectCreated:Copy": "Object Created",
    "ObjectCreated:CompleteMultipartUpload": "Object Created",
    "ObjectRemoved:Delete": "Object Deleted",
    "ObjectRemoved:DeleteMarkerCreated": "Object Deleted",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
    "LifecycleExpiration:Delete": "Object Deleted",
    "LifecycleExpiration:DeleteMarkerCreated": "Object Deleted",
    "LifecycleTransition": "Object Storage Class Changed",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectAcl:Put": "Object ACL Updated",
}
"""Every event, with what EventBridge calls it."""

_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
    "LifecycleExpiration:Delete": "Lifecycle Expiration",
    "LifecycleExpiration:DeleteMarkerCreated": "Lifecycle Expiration",
}
_DELETIONS = {
    "Delete": "Permanently Deleted",
    "DeleteMarkerCreated": "Delete Marker Created",
}


class Rule(Struct, array_like=True, frozen=True):
    """Tells some events of a bucket to one destination."""

    id: str
    kind: str
    """`QUEUE`, `TOPIC` or `FUNCTION`."""
    destination: str
    """An ARN."""
    events: tuple[str, ...]
    """Names of events; ``ObjectCreated:*`` stands for all that begin so."""
    prefix: str | None = None
    """What keys begin with; None: nothing was said."""
    suffix: str | None = None

    def covers(self, name: str) -> bool:
        """Tell whether the rule is for events of a name."""
        return any(
            name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
            for pattern in self.events
        )

    def wants(self, name: str, key: str) -> bool:
        """Tell whether the rule is for an event."""
        return (
            self.covers(name)
            and key.startswith(self.prefix or "")
            and key.endswith(self.suffix or "")
        )


class Notifications(Struct, array_like=True, frozen=True):
    """What a bucket tells."""

    rules: tuple[Rule, ...] = ()
    bus: bool = False
    """Whether all events go to the account's event bus."""


NOTIFICATIONS = Kind("notifications", Notifications)


def tell(
    tx: Transaction,
    bucket: Bucket,
    key: str,
    name: str,
    version: Version | None = None,
    principal: Principal | None = None,
    **details: Any,
) -> None:
    """Tell an event, if its bucket wants it told, in the transaction that it is about.

    `name` is one of `EVENTS`; `principal` is who did it (None: the cloud itself); `details`
    are added to those that every event has.
    """
    if NOTIFICATIONS.name not in bucket.settings:
        return
    setting = NOTIFICATIONS.find(tx, bucket)
    if setting is None:
        return
    rules = [rule for rule in setting.rules if rule.wants(name, key)]
    targets = [rule.destination for rule in rules] + ([BUS] if setting.bus else [])
    if targets:
        detail = _detail(bucket, key, name, version, principal)
        append(
            tx,
            Event(
                name=name,
                kind=EVENTS[name],
                source=SOURCE,
                account_id=bucket.account_id,
                region=bucket.region,
                resources=(bucket_arn(bucket.name),),
                detail=detail | details,
                targets=tuple(targets),
            ),
        )


def _detail(
    bucket: Bucket, key: str, name: str, version: Version | None, principal: Principal | None
) -> dict[str, Any]:
    # By the server's clock: of two events of one key the later one has the larger number.
    thing: dict[str, Any] = {"key": key, "sequencer": f"{time.time_ns():016X}"}
    if version is not None:
        if not version.is_marker:
            thing |= {"size": version.size, "etag": version.etag}
        if version.version_id != NULL_VERSION:
            thing["version-id"] = version.version_id
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": thing,
        "requester": "s3.amazonaws.com",
    }
    if principal is not None:
        detail["requester"] = principal.account_id or "anonymous"
        detail["source-ip-address"] = principal.circumstances.source_ip
        detail["request-id"] = principal.circumstances.request_id
    if name in _REASONS:
        detail["reason"] = _REASONS[name]
    kind, _, what = name.partition(":")
    if kind in {"ObjectRemoved", "LifecycleExpiration"}:
        detail["deletion-type"] = _DELETIONS[what]
    return detail
