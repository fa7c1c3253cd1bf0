"""Background work of a running cloud: removing what was released, orphaned or has expired.

Where a cloud has several processes, each kind of work is done by one of them at a time.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial, wraps

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.contents import LONGEST
from lenticular.primitives.events.stream import APPENDED
from lenticular.primitives.publications import CHANGED
from lenticular.primitives.throttle import forget_old
from lenticular.server.clock import WallClock
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import Cloud

Work = Callable[[], Awaitable[object]]
"""One round of it."""

_RELEASED_INTERVAL = 10.0
"""Seconds between two looks at what was released."""

_EVENTS_INTERVAL = 10.0
"""Seconds after which it is looked for events that nobody took, if none is signalled."""

_RECORDS_INTERVAL = 1.0
"""Seconds between two writes of what access logs and metrics gathered in memory."""

_INVENTORIES_INTERVAL = 60.0
"""Seconds between two looks for inventories that are due."""

_TABLES_INTERVAL = 10.0
"""Seconds between two looks for expired table items, and what else tables leave to do."""

_IDENTITIES_INTERVAL = 60.0
"""Seconds between two writes of when access keys and roles were last used."""

_METERS_INTERVAL = 60.0
"""Seconds between two looks whether storage is to be added up, or to be counted anew."""

_TOKENS_INTERVAL = 60.0
"""Seconds between two looks for OAuth tokens that have expired."""

_SECRETS_INTERVAL = 60.0
"""Seconds between two looks for secrets to be rotated or deleted."""

_KEYS_INTERVAL = 60.0
"""Seconds between two looks for keys to be rotated or destroyed."""

_TRANSFERS_INTERVAL = 5.0
"""Seconds between two looks at deadlines of tasks, and at agents that are not there."""

_PUBLICATIONS_INTERVAL = 2.0
"""Seconds between two looks at what is being published, if nothing is signalled."""

_TIMERS_INTERVAL = 1.0
"""Seconds between two looks for timers whose time has come."""

_INDICES_INTERVAL = 10.0
"""Seconds between two looks for work on search indices that nobody goes on with."""

_LIFECYCLE_INTERVAL = 60.0
"""Seconds between two looks for buckets whose objects have aged, or whose rules are new."""

_ARCHIVING_INTERVAL = 10.0
"""Seconds between two looks for objects whose bytes are to be brought into the archive."""

_RESTORATION_INTERVAL = 1.0
"""Seconds between two looks for restorations whose time has come."""

_UNFINISHED = 2 * LONGEST
"""Seconds after which a blob without a reference cannot be about to get one, however far the
clocks of machines are apart."""

_BY_AGE = (
    "sweep leftovers",
    "sweep released",
    "trim events",
    "maintain tables",
    "maintain secrets",
    "maintain keys",
    "follow lifecycles",
    "archive objects",
    "advance restorations",
    "maintain tokens",
    "sweep sessions",
    "erase indices",
    "forget notices",
    "maintain transfers",
    "run timers",
)
"""The work that removes what is old: it waits while the clock is not to be believed."""

_log = logging.getLogger("lenticular.housekeeping")


@asynccontextmanager
async def keep_house(configuration: Configuration, cloud: Cloud) -> AsyncIterator[None]:
    """Do the background work while the context lasts."""

    async def oldest_upload() -> float:
        # What is older than every living process can belong to nobody.
        return max(await cloud.leases.since(), time.time() - _UNFINISHED)

    async def sweep_leftovers() -> None:
        await cloud.contents.sweep_orphans(oldest_upload)

    async def sweep_released() -> None:
        await cloud.contents.sweep(cloud.leases.reading_since)

    async def maintain_tables() -> None:
        await cloud.tables.maintain()

    async def maintain_meters() -> None:
        await cloud.meters.fold()
        await cloud.meters.reconcile_when_due()

    async def sweep_sessions() -> None:
        await cloud.sessions.sweep()
        await forget_old(cloud.store)

    async def maintain_tokens() -> None:
        await cloud.oauth.maintain()

    async def deliver_audit_events() -> None:
        await cloud.delivery.deliver()

    async def maintain_secrets() -> None:
        await cloud.secrets.maintain()

    async def rewrap_data_keys() -> None:
        await cloud.rotation.maintain()

    async def maintain_keys() -> None:
        await cloud.keys.maintain()

    async def follow_lifecycles() -> None:
        await cloud.storage.lifecycles.worker.run()

    async def archive_objects() -> None:
        await cloud.storage.lifecycles.archiving.run()

    async def advance_restorations() -> None:
        await cloud.storage.lifecycles.restorations.advance()

    async def deliver_events() -> None:
        await cloud.events.deliver()

    async def trim_events() -> None:
        await cloud.events.trim()

    works: dict[str, tuple[Work, float]] = {
        "sweep leftovers": (sweep_leftovers, configuration.sweep_interval),
        "sweep released": (sweep_released, _RELEASED_INTERVAL),
        "trim events": (trim_events, configuration.sweep_interval),
        "deliver access logs": (
            cloud.storage.access_logs.deliver,
            configuration.access_log_interval,
        ),
        "list inventories": (cloud.storage.inventories.run, _INVENTORIES_INTERVAL),
        "count storage": (cloud.storage_metrics.count_when_due, _METERS_INTERVAL),
        "maintain tables": (maintain_tables, _TABLES_INTERVAL),
        "maintain secrets": (maintain_secrets, _SECRETS_INTERVAL),
        "maintain keys": (maintain_keys, _KEYS_INTERVAL),
        "rewrap data keys": (rewrap_data_keys, _KEYS_INTERVAL),
        "follow lifecycles": (
            follow_lifecycles,
            min(_LIFECYCLE_INTERVAL, configuration.lifecycle_day / 4),
        ),
        "archive objects": (archive_objects, _ARCHIVING_INTERVAL),
        "advance restorations": (advance_restorations, _RESTORATION_INTERVAL),
        "deliver audit events": (deliver_audit_events, configuration.audit_delivery_interval),
        "maintain tokens": (maintain_tokens, _TOKENS_INTERVAL),
        "sweep sessions": (sweep_sessions, configuration.sweep_interval),
        "forget notices": (cloud.notices.maintain, configuration.sweep_interval),
        "maintain meters": (maintain_meters, _METERS_INTERVAL),
        "erase indices": (cloud.indices.maintain, configuration.sweep_interval),
        "resume work on indices": (cloud.indices.tasks.maintain, _INDICES_INTERVAL),
        "run timers": (cloud.timers.run, _TIMERS_INTERVAL),
        "maintain transfers": (cloud.transfers.maintenance.run, _TRANSFERS_INTERVAL),
    }
    clock = WallClock()
    for name in _BY_AGE:
        work, seconds = works[name]
        works[name] = _in_good_time(clock, work), seconds
    tasks = [
        asyncio.create_task(cloud.leases.keep(name, partial(_repeat, work, seconds)))
        for name, (work, seconds) in works.items()
    ]
    for name, work, seconds, topic in (
        ("deliver events", deliver_events, _EVENTS_INTERVAL, APPENDED),
        ("publish datasets", cloud.publications.advance, _PUBLICATIONS_INTERVAL, CHANGED),
    ):
        following = partial(_repeat, work, seconds, (cloud.store, topic))
        tasks.append(asyncio.create_task(cloud.leases.keep(name, following)))
    sending = partial(_repeat, cloud.sender.run, _RECORDS_INTERVAL)
    tasks.append(asyncio.create_task(cloud.leases.keep("send notices", sending)))
    tasks += [asyncio.create_task(_repeat(work, seconds)) for work, seconds in _of_process(cloud)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _of_process(cloud: Cloud) -> Sequence[tuple[Work, float]]:
    """Return the work of every process: to write down what it keeps in memory."""
    return (
        (cloud.storage.access_logs.flush, _RECORDS_INTERVAL),
        (cloud.metrics.flush, _RECORDS_INTERVAL),
        (cloud.identities.maintain, _IDENTITIES_INTERVAL),
        (cloud.tables.flush, _TABLES_INTERVAL),
    )


def _in_good_time(clock: WallClock, work: Work) -> Work:
    """Return the work, which waits while the clock is not to be believed."""

    @wraps(work)
    async def run() -> None:
        if clock.is_believed():
            await work()

    return run


async def _repeat(
    work: Work, seconds: float, watched: tuple[KeyValueStore, bytes] | None = None
) -> None:
    """Do a work for ever, every so many seconds; and whenever a topic of a store is signalled."""
    with nullcontext() if watched is None else watched[0].watch(watched[1]) as watch:
        while True:
            try:
                await work()
            except Exception:
                # A failed round is reported and tried again: the cloud itself goes on.
                _log.exception("background work failed", extra={"work": work.__qualname__})
            if watch is None:
                await asyncio.sleep(seconds)
            else:
                await watch.wait(seconds)
