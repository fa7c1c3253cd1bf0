"""The outbox: notices are put in with what they tell of, and taken out once they arrived."""

import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.notices.records import (
    DROPPED,
    DUE,
    LONGEST_DATA,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    NOTICE,
    SENT,
    TOPIC,
    WAITING,
    Channel,
    Mail,
    Notice,
    Status,
    Webhook,
    decode_mail,
    decode_notice,
    decode_webhook,
    encode,
    is_address,
    is_url,
    new_id,
    notice,
    origin,
)
from lenticular.primitives.notices.signatures import is_secret
from lenticular.primitives.vault import Vault

MAILS_A_DAY = 500
"""Mails that are sent on behalf of one identity in a day (UTC), at most."""

WAITING_WEBHOOKS = 1000
"""Webhooks that wait for one host, at most."""

KEPT = 30 * 24 * 3600.0
"""Seconds for which a notice can still be looked at when it is done with."""

_DAY = 24 * 3600 * 1000
_PAGE = 200


class NoticeNotFound(Exception):
    """There is no notice of this id."""

    def __init__(self, notice_id: str) -> None:
        super().__init__(f"there is no notice {notice_id}: see lenticular notices list")


class Notices:
    """The notices of one cloud."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    # For whoever has something to tell.

    def send_mail(self, tx: Transaction, mail: Mail) -> str:
        """Let `mail` be sent if `tx` is committed, once; return the notice's id.

        Nothing is sent, and "" returned, to what is no address, and when too much was sent
        on behalf of somebody today: whoever keeps the cloud sees how many were dropped. So
        what a notice tells of happens all the same. Raises ValueError for too long a text.
        """
        if len(mail.text) > LONGEST_TEXT:
            raise ValueError(f"the text of a mail has at most {LONGEST_TEXT} characters")
        day = self._now() // _DAY
        sender = SENT.pack(day, mail.on_behalf_of)
        if not is_address(mail.to):
            return _dropped(tx, day)
        if mail.on_behalf_of and _count(tx, sender) >= MAILS_A_DAY:
            return _dropped(tx, day)
        _add(tx, sender, 1)
        line = " ".join(mail.subject.split())
        mail = replace(mail, subject="".join(filter(str.isprintable, line))[:LONGEST_SUBJECT])
        return self._put(tx, "mail", mail.to, mail.subject, mail)

    def post(self, tx: Transaction, webhook: Webhook) -> str:
        """Let `webhook` be posted if `tx` is committed, once; return the notice's id.

        As with `send_mail`, "" is returned for what can not be posted, or when too much
        waits for the same host. Raises ValueError for too much data.
        """
        if len(msgspec.json.encode(webhook.data)) > LONGEST_DATA:
            raise ValueError(f"the data of a webhook have at most {LONGEST_DATA} bytes")
        if not is_url(webhook.url) or not is_secret(webhook.secret):
            return _dropped(tx, self._now() // _DAY)
        to = origin(webhook.url)
        if _count(tx, WAITING.pack(to)) >= WAITING_WEBHOOKS:
            return _dropped(tx, self._now() // _DAY)
        _add(tx, WAITING.pack(to), 1)
        return self._put(tx, "webhook", to, webhook.kind, webhook)

    # For whoever keeps the cloud.

    async def latest(self, status: Status | None = None, limit: int = 100) -> list[Notice]:
        """Return the newest notices, those of one status or all, the newest first."""

        def find(reader: Reader) -> list[Notice]:
            found: list[Notice] = []
            start, stop = NOTICE.range()
            while len(found) < limit:
                rows = reader.range(start, stop, limit=_PAGE, reverse=True)
                page = [decode_notice(data) for _, data in rows]
                found += [one for one in page if status in (None, one.status)]
                if len(rows) < _PAGE:
                    break
                stop = rows[-1][0]
            return found[:limit]

        return await self._store.read(find, long=True)

    async def show(self, notice_id: str) -> tuple[Notice, Mail | Webhook | None]:
        """Return a notice and what it says: None once it was delivered.

        Raises `NoticeNotFound`.
        """
        found = await self._store.read(lambda reader: notice(reader, notice_id))
        if found is None:
            raise NoticeNotFound(notice_id)
        return found, self.content(found)

    async def dropped(self) -> int:
        """Return how many notices were not taken today."""
        day = self._now() // _DAY
        return await self._store.read(lambda reader: _count(reader, DROPPED.pack(day)))

    def content(self, found: Notice) -> Mail | Webhook | None:
        """Return what a notice says; None once it was delivered."""
        if not found.sealed:
            return None
        data = self._vault.open(found.sealed, _context(found.notice_id))
        return decode_mail(data) if found.channel == "mail" else decode_webhook(data)

    def _put(
        self, tx: Transaction, channel: Channel, to: str, subject: str, content: Mail | Webhook
    ) -> str:
        now = self._now()
        notice_id = new_id(now)
        sealed = self._vault.seal(encode(content), _context(notice_id))
        made = Notice(notice_id, channel, to, subject, sealed, now, due=now)
        tx.set(NOTICE.pack(notice_id), encode(made))
        tx.set(DUE.pack(channel, now, notice_id), to.encode())
        tx.signal(TOPIC)
        return notice_id

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _context(notice_id: str) -> str:
    return f"notice {notice_id}"


def _dropped(tx: Transaction, day: int) -> str:
    _add(tx, DROPPED.pack(day), 1)
    return ""


def _count(reader: Reader, key: bytes) -> int:
    data = reader.get(key)
    return 0 if data is None else int.from_bytes(data, "big")


def _add(tx: Transaction, key: bytes, change: int) -> None:
    count = _count(tx, key) + change
    if count > 0:
        tx.set(key, count.to_bytes(8, "big"))
    else:
        tx.delete(key)
