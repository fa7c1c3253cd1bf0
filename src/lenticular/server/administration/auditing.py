"""The audit log: verified and shown, and told of what is done by local administration itself."""

import getpass
import time
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

import lenticular
from lenticular.primitives.audit import CLOUD, Event, Finding, Resource
from lenticular.primitives.audit.lookup import Found, Query
from lenticular.primitives.audit.redaction import redacted
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import ANONYMOUS
from lenticular.server.administration.contract import Site

SOURCE = "administration.lenticular"
"""The event source of local administration."""


class Verified(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose log to verify; empty: all."""

    account_id: str = ""


class Shown(Struct, frozen=True, forbid_unknown_fields=True):
    """Which events to show; what is empty does not matter."""

    account_id: str = ""
    event_name: str = ""
    event_source: str = ""
    user_name: str = ""
    access_key_id: str = ""
    resource: str = ""
    """An ARN, or the last part of one."""
    errors: bool = False
    """Only those that were refused."""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50

    def matches(self, event: Event) -> bool:
        """Tell whether an event is among them, apart from its account and time."""
        identity = event.user_identity
        source = event.event_source
        return (
            self.event_name in {"", event.event_name}
            and self.event_source in {"", source, source.partition(".")[0]}
            and self.user_name in {"", identity.get("userName")}
            and self.access_key_id in {"", identity.get("accessKeyId")}
            and (not self.errors or event.error_code is not UNSET)
            and (not self.resource or self._names_one_of(event.resources or ()))
        )

    def _names_one_of(self, resources: Iterable[Resource]) -> bool:
        endings = (f"/{self.resource}", f":{self.resource}")
        return any(
            resource.arn == self.resource or resource.arn.endswith(endings)
            for resource in resources
        )


async def verify(site: Site, wanted: Verified) -> AsyncIterator[Finding]:
    """Walk the chains and tell the first broken record of each."""
    async for finding in site.cloud.audit.verification.findings(wanted.account_id):
        yield finding


async def show(site: Site, wanted: Shown) -> list[Any]:
    """Return events, newest first, as they were recorded."""
    audit = site.cloud.audit
    await audit.flush()
    accounts = [wanted.account_id] if wanted.account_id else await audit.accounts()
    found: list[Found] = []
    for account_id in accounts:
        found += await _of_account(site, account_id, wanted)
    found.sort(key=lambda each: (each.event.event_time, each.sequence), reverse=True)
    return [msgspec.json.decode(each.document) for each in found[: wanted.limit]]


async def _of_account(site: Site, account_id: str, wanted: Shown) -> list[Found]:
    found: list[Found] = []
    before = None
    while len(found) < wanted.limit:
        query = Query(
            account_id,
            wanted.matches,
            since=wanted.since.timestamp() if wanted.since else 0.0,
            until=wanted.until.timestamp() if wanted.until else None,
            before=before,
            limit=wanted.limit - len(found),
        )
        page = await site.cloud.audit.look_up(query)
        found += page.found
        before = page.before
        if before is None:
            break
    return found


async def record(site: Site, name: str, message: Struct, error: Exception | None = None) -> None:
    """Put an operation of local administration into the log, also that of the account it is on."""
    here = Circumstances(
        time=time.time(),
        source_ip="local",
        user_agent=f"lenticular/{lenticular.__version__}",
        region=site.configuration.region,
    )
    user = getpass.getuser()
    parameters = redacted(msgspec.to_builtins(message))
    event = Event.of(
        ANONYMOUS.under(here),
        SOURCE,
        name,
        read_only=name in READING,
        parameters=parameters or None,
        error=(type(error).__name__, str(error)) if error else None,
        identity={"type": "LocalAdministrator", "principalId": user, "userName": user},
    )
    account_id = parameters.get("account_id") or parameters.get("account") or CLOUD
    account = await site.cloud.identities.account(account_id)
    await site.cloud.audit.record(event.copies({CLOUD, account.account_id} if account else {CLOUD}))


READING = frozenset(
    {
        "accounts.credentials",
        "audit.show",
        "audit.verify",
        "budgets.list",
        "budgets.show",
        "prices.show",
        "scrub",
        "usage.show",
    }
)
"""Operations of local administration that change nothing."""
