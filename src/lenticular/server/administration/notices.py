"""The outbox: what people and programs were told, or are to be told."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from lenticular.primitives.notices import Mail, Notice
from lenticular.primitives.notices.records import Status
from lenticular.server.administration.contract import Site


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """Which notices to list."""

    status: Status | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """One notice."""

    notice_id: str


class Listed(Struct, frozen=True):
    """A notice as commands print it. Times are milliseconds since the epoch; 0: never."""

    notice_id: str
    channel: str
    status: str
    to: str
    subject: str
    made: int
    due: int
    settled: int
    attempts: int
    problem: str


class Outbox(Struct, frozen=True):
    """Some notices, the newest first."""

    notices: list[Listed]
    dropped: int
    """How many more were not taken today, for there were too many, or to no address."""
    sends_mail: bool
    """Whether there is a mail server."""


class Shown(Struct, frozen=True):
    """A notice with what it says: nothing once it was delivered."""

    notice: Listed
    text: str = ""
    """Of a mail."""
    url: str = ""
    """Of a webhook."""
    data: dict[str, Any] = {}
    """Of a webhook."""


async def list_notices(site: Site, wanted: Wanted) -> Outbox:
    """Return the newest notices."""
    notices = site.cloud.notices
    found = await notices.latest(wanted.status, wanted.limit)
    dropped = await notices.dropped()
    return Outbox([_listed(one) for one in found], dropped, bool(site.configuration.smtp_host))


async def show(site: Site, named: Named) -> Shown:
    """Return a notice. Raises `NoticeNotFound`."""
    notice, content = await site.cloud.notices.show(named.notice_id)
    if content is None:
        return Shown(_listed(notice))
    if isinstance(content, Mail):
        return Shown(_listed(notice), text=content.text)
    return Shown(_listed(notice), url=content.url, data=content.data)


async def retry(site: Site, named: Named) -> Listed:
    """Try a notice again at once. Raises `NoticeNotFound`."""
    return _listed(await site.cloud.notices.retry(named.notice_id))


def _listed(notice: Notice) -> Listed:
    return msgspec.convert(notice, Listed, from_attributes=True)
