"""The outbox as those see it who have something to tell, and those who keep the cloud."""

import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.notices import outbox
from lenticular.primitives.notices.records import (
    DROPPED,
    LONGEST_DATA,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    NOTICE,
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

KEPT = 30 * 24 * 3600.0
"""Seconds for which a notice can be looked at."""

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
        now = self._now()
        if not is_address(mail.to) or not outbox.take_turn(tx, now, mail.on_behalf_of):
            outbox.drop(tx, now)
            return ""
        mail = replace(mail, subject=_one_line(mail.subject)[:LONGEST_SUBJECT])
        blank = Notice("", "mail", mail.to, mail.subject, b"", now, queue=mail.to.lower())
        return self._put(tx, blank, mail)

    def post(self, tx: Transaction, webhook: Webhook) -> str:
        """Let `webhook` be posted if `tx` is committed, once; return the notice's id.

        As with `send_mail`, "" is returned for what cannot be posted, and when too much
        waits already. Raises ValueError for too much data.
        """
        if len(msgspec.json.encode(webhook.data)) > LONGEST_DATA:
            raise ValueError(f"the data of a webhook have at most {LONGEST_DATA} bytes")
        now, queue = self._now(), webhook.on_behalf_of
        is_fit = is_url(webhook.url) and is_secret(webhook.secret)
        queue = queue or (origin(webhook.url) if is_fit else "")
        if not is_fit or outbox.is_full(tx, queue):
            outbox.drop(tx, now)
            return ""
        blank = Notice("", "webhook", origin(webhook.url), webhook.kind, b"", now, queue=queue)
        return self._put(tx, blank, webhook)

    def _put(self, tx: Transaction, blank: Notice, content: Mail | Webhook) -> str:
        notice_id = new_id(blank.made)
        sealed = self._vault.seal(encode(content), _context(notice_id))
        outbox.enqueue(tx, replace(blank, notice_id=notice_id, sealed=sealed, due=blank.made))
        return notice_id

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

    async def retry(self, notice_id: str) -> Notice:
        """Try a notice that was given up, or waits, at once. Raises `NoticeNotFound`.

        One that was delivered is left as it is.
        """

        def write(tx: Transaction) -> Notice:
            found = notice(tx, notice_id)
            if found is None:
                raise NoticeNotFound(notice_id)
            now = self._now()
            if found.status == "waiting":
                outbox.postpone(tx, found, now, found.problem)
            elif found.status == "failed":
                outbox.enqueue(
                    tx, replace(found, status="waiting", due=now, begun=now, attempts=0, settled=0)
                )
            return notice(tx, notice_id) or found

        return await self._store.transact(write)

    async def dropped(self) -> int:
        """Return how many notices were not taken today."""
        today = DROPPED.pack(self._now() // outbox.DAY)
        return await self._store.read(lambda reader: outbox.count(reader, today))

    def content(self, found: Notice) -> Mail | Webhook | None:
        """Return what a notice says; None once it was delivered."""
        if not found.sealed:
            return None
        data = self._vault.open(found.sealed, _context(found.notice_id))
        return decode_mail(data) if found.channel == "mail" else decode_webhook(data)

    async def maintain(self) -> int:
        """Remove the notices that are older than `KEPT`; return how many."""
        before = self._now() - int(KEPT * 1000)
        total = 0
        while removed := await self._store.transact(lambda tx: outbox.forget(tx, before)):
            total += removed
        return total

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _context(notice_id: str) -> str:
    return f"notice {notice_id}"


def _one_line(text: str) -> str:
    """Return text in which nothing breaks a line or hides: spaces and what can be printed."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())
