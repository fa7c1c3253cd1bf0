"""The stream of events, shown."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from lenticular.primitives.events import document
from lenticular.server.administration.contract import Site


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """Which events to show."""

    after: int | None = None
    """The number behind which to begin; None: with those to come."""
    limit: int = 100
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Seconds to wait for the first of them."""


class Shows(Struct, frozen=True):
    """Events, and where to go on."""

    events: list[dict[str, Any]]
    """As EventBridge writes them, oldest first."""
    last: int


async def show(site: Site, wanted: Shown) -> Shows:
    """Return the events behind a number."""
    events = site.cloud.events
    after = await events.last() if wanted.after is None else wanted.after
    page = await events.wait(after, wanted.wait, wanted.limit)
    return Shows([document(event) for _, event in page.events], page.last)
