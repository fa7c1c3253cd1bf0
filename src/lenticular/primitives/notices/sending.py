"""Sending: what is in the outbox goes out, a few at a time, again and again until it arrived.

One process of a cloud does it at a time. A notice may go out twice, when that process dies
before it could note that it arrived; it has the same id then.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from email.headerregistry import Address
from typing import Any

from lenticular.engines.kv.contract import KeyValueStore, Reader, StoreFailed, Transaction
from lenticular.engines.mail.contract import MailEngine, MailRefused, MailUnavailable
from lenticular.engines.webhooks.contract import (
    WebhookEngine,
    WebhookRefused,
    WebhookUnavailable,
)
from lenticular.primitives.notices import outbox, signatures
from lenticular.primitives.notices.messages import mail_message, webhook_body
from lenticular.primitives.notices.notices import Notices
from lenticular.primitives.notices.records import TOPIC, Channel, Mail, Notice, Webhook
from lenticular.primitives.vault import VaultError

PAUSES = (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600)
"""Seconds between two attempts, a tenth more or less; the last is repeated. As Standard
Webhooks proposes."""

GIVEN_UP_AFTER = 3 * 24 * 3600
"""Seconds after which a notice is not tried again."""

_SLOTS: dict[Channel, int] = {"mail": 4, "webhook": 16}
"""Notices that are on their way at once."""

_LONGEST_PAUSE = 30.0
"""Seconds between two looks into the outbox, at most."""

_LONGEST_ATTEMPT = 300.0
_GONE = 410

_log = logging.getLogger("lenticular.notices")


class _Refused(Exception):
    """It is of no use to try again."""


class _Failed(Exception):
    """It may work another time."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Sender:
    """Sends the notices of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        notices: Notices,
        mail: MailEngine | None,
        webhooks: WebhookEngine,
        mail_from: Address,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Without `mail`, mails stay in the outbox. `mail_from` is who they are from."""
        self._store = store
        self._notices = notices
        self._mail = mail
        self._webhooks = webhooks
        self._mail_from = mail_from
        self._clock = clock
        self._busy: dict[asyncio.Task[None], Notice] = {}

    async def run(self) -> None:
        """Send for ever."""
        with self._store.watch(TOPIC) as watch:
            try:
                while True:
                    woken = asyncio.create_task(watch.wait(await self._begin_due()))
                    # Also when one has ended: then the next of its queue can go.
                    await asyncio.wait((woken, *self._busy), return_when=asyncio.FIRST_COMPLETED)
                    await _end(woken)
            finally:
                await _end(*self._busy)

    async def send_due(self) -> int:
        """Send what is due now, once each, and return how many that were."""
        await self._begin_due()
        tasks = list(self._busy)
        await asyncio.gather(*tasks)
        return len(tasks)

    async def _begin_due(self) -> float:
        """Begin to send what is due; return the seconds after which to look again."""
        now = int(self._clock() * 1000)
        soonest = now + int(_LONGEST_PAUSE * 1000)
        try:
            for channel in _SLOTS:
                if channel == "webhook" or self._mail is not None:
                    soonest = min(soonest, await self._begin(channel, now, soonest))
        except StoreFailed:
            _log.exception("the outbox could not be read")
        return max(soonest / 1000 - self._clock(), 0.0)

    async def _begin(self, channel: Channel, now: int, soonest: int) -> int:
        """Begin to send what is due; return when the next is due, or `soonest`."""
        busy = {one.queue for one in self._busy.values() if one.channel == channel}

        def look(reader: Reader) -> tuple[list[Notice], int | None]:
            found = outbox.due(reader, channel, now, busy, _SLOTS[channel] - len(busy))
            return found, outbox.next_due(reader, channel, now)

        found, following = await self._store.read(look, long=True)
        for notice in found:
            task = asyncio.create_task(self._attempt(notice))
            self._busy[task] = notice
            task.add_done_callback(self._busy.pop)
        return soonest if following is None else following

    async def _attempt(self, notice: Notice) -> None:
        """Send a notice, and note what became of it."""
        try:
            async with asyncio.timeout(_LONGEST_ATTEMPT):
                await self._send(notice)
        except _Refused as error:
            await self._give_up(notice, str(error))
        except _Failed as error:
            await self._try_again(notice, str(error), error.retry_after)
        except TimeoutError:
            await self._try_again(notice, f"not sent within {_LONGEST_ATTEMPT:.0f} seconds")
        except Exception:
            _log.exception("a notice was not sent", extra={"notice": notice.notice_id})
            await self._try_again(notice, "the log of the server says why")
        else:
            await self._note(lambda tx: outbox.deliver(tx, notice, self._now()))

    async def _send(self, notice: Notice) -> None:
        try:
            content = self._notices.content(notice)
        except VaultError as error:
            raise _Refused(str(error)) from None
        if isinstance(content, Mail):
            await self._send_mail(notice, content)
        elif isinstance(content, Webhook):
            await self._post(notice, content)

    async def _send_mail(self, notice: Notice, mail: Mail) -> None:
        message = mail_message(notice, mail, self._mail_from)
        assert self._mail is not None  # else none is begun
        try:
            await self._mail.send(message, self._mail_from.addr_spec, mail.to)
        except MailRefused as error:
            raise _Refused(str(error)) from None
        except MailUnavailable as error:
            raise _Failed(str(error)) from None

    async def _post(self, notice: Notice, webhook: Webhook) -> None:
        body = webhook_body(notice, webhook)
        signed = signatures.headers(webhook.secret, notice.notice_id, self._now() // 1000, body)
        headers = {"Content-Type": "application/json", "User-Agent": "lenticular", **signed}
        try:
            answer = await self._webhooks.post(webhook.url, headers, body)
        except WebhookRefused as error:
            raise _Refused(str(error)) from None
        except WebhookUnavailable as error:
            raise _Failed(str(error)) from None
        if answer.status == _GONE:
            raise _Refused("the receiver is gone (410)")
        if not 200 <= answer.status < 300:
            raise _Failed(f"the receiver answered {answer.status}", answer.retry_after)

    async def _try_again(
        self, notice: Notice, problem: str, retry_after: float | None = None
    ) -> None:
        pause = PAUSES[min(notice.attempts, len(PAUSES) - 1)] * _spread(notice)
        due = self._now() + int(max(pause, retry_after or 0.0) * 1000)
        if due > (notice.begun or notice.made) + GIVEN_UP_AFTER * 1000:
            await self._give_up(notice, problem)
        else:
            await self._note(lambda tx: outbox.postpone(tx, notice, due, problem))

    async def _give_up(self, notice: Notice, problem: str) -> None:
        _log.warning("a notice was given up: %s", problem, extra={"notice": notice.notice_id})
        await self._note(lambda tx: outbox.give_up(tx, notice, self._now(), problem))

    async def _note(self, write: Callable[[Transaction], None]) -> None:
        """Write down what became of a notice, however long it takes: or it would go out again."""
        while True:
            try:
                return await self._store.transact(write)
            except StoreFailed:
                _log.exception("what became of a notice could not be noted")
                await asyncio.sleep(_LONGEST_PAUSE)

    def _now(self) -> int:
        return int(self._clock() * 1000)


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _spread(notice: Notice) -> float:
    """Return about 1, by the id: what failed together does not come back together."""
    return 0.9 + int(notice.notice_id[-2:], 16) / 255 * 0.2
