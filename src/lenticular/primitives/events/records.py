"""What an event says, in the terms of Amazon EventBridge (User Guide, "Events")."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct


class Event(Struct, array_like=True, frozen=True):
    """Something that happened to a resource."""

    name: str
    """What happened, as the service itself names it (``ObjectCreated:Put``)."""
    kind: str
    """The same as people read it (``Object Created``)."""
    source: str
    """The service (``aws.s3``)."""
    account_id: str
    """The owner of the resource."""
    region: str
    resources: tuple[str, ...]
    """ARNs."""
    detail: dict[str, Any]
    """All else, of JSON's types."""
    targets: tuple[str, ...] = ()
    """For whom it is: ARNs, or names of outlets; empty: for whoever listens."""
    id: str = msgspec.field(default_factory=lambda: str(uuid.uuid4()))
    time: int = msgspec.field(default_factory=lambda: int(time.time() * 1000))
    """Milliseconds since the epoch."""


def document(event: Event) -> dict[str, Any]:
    """Return an event as EventBridge writes it (User Guide, "Event structure")."""
    moment = datetime.fromtimestamp(event.time // 1000, UTC)
    return {
        "version": "0",
        "id": event.id,
        "detail-type": event.kind,
        "source": event.source,
        "account": event.account_id,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": event.region,
        "resources": list(event.resources),
        "detail": event.detail,
    }
