"""What waits in the outbox: each notice has its next attempt, until it is settled."""

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import KeyRange, after
from lenticular.primitives.notices.records import (
    DROPPED,
    DUE,
    NOTICE,
    SENT,
    TOPIC,
    WAITING,
    Channel,
    Notice,
    decode_notice,
    encode,
    notice,
)

DAY = 24 * 3600 * 1000
"""Milliseconds."""

MAILS_A_DAY = 500
"""Mails that are sent on behalf of one identity in a day (UTC), at most."""

WAITING_WEBHOOKS = 1000
"""Webhooks that wait for one person (or host), at most."""

_PAGE = 200


def enqueue(tx: Transaction, new: Notice) -> None:
    """Let a notice be tried when it is due."""
    if new.channel == "webhook":
        _add(tx, WAITING.pack(new.queue), 1)
    _write(tx, new)


def postpone(tx: Transaction, tried: Notice, due: int, problem: str) -> None:
    """Let a notice be tried again, unless somebody else has seen to it meanwhile."""
    if _is_still(tx, tried):
        tx.delete(DUE.pack(tried.channel, tried.due, tried.notice_id))
        _write(tx, replace(tried, attempts=tried.attempts + 1, due=due, problem=problem))


def deliver(tx: Transaction, tried: Notice, now: int) -> None:
    """Note that a notice arrived, and forget what it said."""
    _settle(tx, tried, replace(tried, status="delivered", sealed=b"", problem="", settled=now))


def give_up(tx: Transaction, tried: Notice, now: int, problem: str) -> None:
    """Note that a notice is not tried any more."""
    _settle(tx, tried, replace(tried, status="failed", problem=problem, settled=now))


def _settle(tx: Transaction, tried: Notice, settled: Notice) -> None:
    if not _is_still(tx, tried):
        return
    tx.delete(DUE.pack(tried.channel, tried.due, tried.notice_id))
    if tried.channel == "webhook":
        _add(tx, WAITING.pack(tried.queue), -1)
    tx.set(NOTICE.pack(tried.notice_id), encode(replace(settled, attempts=tried.attempts + 1)))
    tx.signal(TOPIC)


def is_full(reader: Reader, queue: str) -> bool:
    """Tell whether as many webhooks wait in a queue as may."""
    return count(reader, WAITING.pack(queue)) >= WAITING_WEBHOOKS


def take_turn(tx: Transaction, now: int, identity_id: str) -> bool:
    """Count a mail that is sent on behalf of an identity; False: it has sent enough today."""
    key = SENT.pack(now // DAY, identity_id)
    if identity_id and count(tx, key) >= MAILS_A_DAY:
        return False
    _add(tx, key, 1)
    return True


def drop(tx: Transaction, now: int) -> None:
    """Count a notice that was not taken."""
    _add(tx, DROPPED.pack(now // DAY), 1)


def due(reader: Reader, channel: Channel, now: int, busy: set[str], limit: int) -> list[Notice]:
    """Return what is to be tried now, one notice of each queue that is not busy."""
    found: list[Notice] = []
    taken = set(busy)
    start, stop = DUE.range(channel)[0], DUE.pack(channel, now + 1)
    while len(found) < limit:
        rows = reader.range(start, stop, limit=_PAGE)
        for key, queue in rows:
            if len(found) < limit and queue.decode() not in taken:
                waiting = notice(reader, DUE.unpack(key)[2])
                if waiting is not None:
                    found.append(waiting)
                    taken.add(waiting.queue)
        if len(rows) < _PAGE:
            break
        start = after(rows[-1][0])
    return found


def next_due(reader: Reader, channel: Channel, now: int) -> int | None:
    """Return when the first of those is due that are not yet."""
    rows = reader.range(DUE.pack(channel, now + 1), DUE.range(channel)[1], limit=1)
    return int(DUE.unpack(rows[0][0])[1]) if rows else None


def forget(tx: Transaction, before: int) -> int:
    """Remove some of what was made before, and counts of days gone by; return how many notices.

    A notice that still waits is removed with the others: nobody could send it.
    """
    for space in (SENT, DROPPED):
        start = space.range()[0]
        for key, _ in tx.range(start, space.pack(before // DAY), limit=_PAGE):
            tx.delete(key)
    removed = 0
    for key, data in tx.range(*_made_before(before), limit=_PAGE):
        old = decode_notice(data)
        if old.status == "waiting":
            give_up(tx, old, before, "")
        tx.delete(key)
        removed += 1
    return removed


def count(reader: Reader, key: bytes) -> int:
    """Return a number that was counted."""
    data = reader.get(key)
    return 0 if data is None else int.from_bytes(data, "big")


def _made_before(moment: int) -> KeyRange:
    """Return the range of the notices made before: their ids begin with when that was."""
    return NOTICE.range()[0], NOTICE.pack(f"{moment:012x}")


def _is_still(tx: Transaction, tried: Notice) -> bool:
    now = notice(tx, tried.notice_id)
    return now is not None and now.status == "waiting" and now.attempts == tried.attempts


def _write(tx: Transaction, waiting: Notice) -> None:
    tx.set(NOTICE.pack(waiting.notice_id), encode(waiting))
    tx.set(DUE.pack(waiting.channel, waiting.due, waiting.notice_id), waiting.queue.encode())
    tx.signal(TOPIC)


def _add(tx: Transaction, key: bytes, change: int) -> None:
    changed = count(tx, key) + change
    if changed > 0:
        tx.set(key, changed.to_bytes(8, "big"))
    else:
        tx.delete(key)
