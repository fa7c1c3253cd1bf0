"""The outbox empties itself: at least once, later if need be, and not for ever."""

import asyncio
from email.headerregistry import Address

import pytest

from lenticular.engines.kv.contract import StoreFailed
from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.mail.contract import MailEngine, MailRefused, MailUnavailable
from lenticular.engines.webhooks.contract import (
    Answer,
    WebhookEngine,
    WebhookRefused,
    WebhookUnavailable,
)
from lenticular.primitives.notices import (
    Mail,
    NoticeNotFound,
    Notices,
    Sender,
    Webhook,
    new_secret,
    outbox,
    sending,
)
from lenticular.primitives.notices.notices import KEPT
from lenticular.primitives.notices.sending import GIVEN_UP_AFTER, PAUSES
from lenticular.primitives.vault import Vault

HOUR = 3600.0


class Clock:
    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now


class Post(MailEngine, WebhookEngine):
    """Takes mails and webhooks; answers with what is put into `answers`, one after the other."""

    def __init__(self):
        self.sent = []
        self.answers = []
        self.hold = None
        self.came = asyncio.Semaphore(0)

    async def send(self, message, sender, recipient):
        await self._take((recipient, message))

    async def post(self, url, headers, body):
        answer = await self._take((url, headers, body))
        return answer if answer is not None else Answer(204)

    async def _take(self, what):
        self.sent.append(what)
        self.came.release()
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


class Office:
    """An outbox with what empties it."""

    def __init__(self, mails=True):
        self.clock, self.store, self.post = Clock(), MemoryStore(), Post()
        self.notices = Notices(self.store, Vault(bytes(32)), clock=self.clock)
        self.sender = self.new_sender(mails)

    def new_sender(self, mails=True):
        return Sender(
            self.store,
            self.notices,
            self.post if mails else None,
            self.post,
            Address("Lab", "cloud", "lab.example"),
            clock=self.clock,
        )

    async def mail(self, to="ann@x.example", **more):
        mail = Mail(to=to, subject="Hello", text="secret link", **more)
        return await self.store.transact(lambda tx: self.notices.send_mail(tx, mail))

    async def webhook(self, url="https://x.example/hook?key=1", **more):
        webhook = Webhook(url=url, kind="task.done", data={"n": 1}, secret=new_secret(), **more)
        return await self.store.transact(lambda tx: self.notices.post(tx, webhook))

    async def look(self, notice_id):
        return (await self.notices.show(notice_id))[0]


@pytest.fixture
def office():
    return Office()


async def test_a_mail_goes_out_once_and_what_it_said_is_forgotten(office):
    notice_id = await office.mail()
    assert (await office.notices.show(notice_id))[1].text == "secret link"
    assert await office.sender.send_due() == 1
    assert await office.sender.send_due() == 0
    [(recipient, message)] = office.post.sent
    assert recipient == "ann@x.example"
    assert f"Message-ID: <{notice_id}@lab.example>".encode() in message
    notice, content = await office.notices.show(notice_id)
    assert (notice.status, notice.attempts, content) == ("delivered", 1, None)


async def test_what_it_says_does_not_lie_readable_in_the_store(office):
    await office.mail()
    rows = await office.store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert all(b"secret link" not in value for _, value in rows)


async def test_nothing_goes_out_of_a_transaction_that_fails(office):
    def fail(tx):
        office.notices.send_mail(tx, Mail(to="ann@x.example", subject="", text=""))
        raise RuntimeError("what it tells of did not happen")

    with pytest.raises(RuntimeError):
        await office.store.transact(fail)
    assert await office.sender.send_due() == 0
    assert await office.notices.latest() == []


async def test_a_failure_is_tried_again_later_with_the_same_id(office):
    notice_id = await office.mail()
    office.post.answers = [MailUnavailable("no route")]
    await office.sender.send_due()
    notice = await office.look(notice_id)
    assert (notice.status, notice.attempts, notice.problem) == ("waiting", 1, "no route")
    assert await office.sender.send_due() == 0
    office.clock.now += PAUSES[0] * 1.2
    assert await office.sender.send_due() == 1
    assert (await office.look(notice_id)).status == "delivered"
    assert office.post.sent[0] == office.post.sent[1]


async def test_pauses_grow_and_it_is_given_up_in_the_end(office, caplog):
    notice_id = await office.mail()
    office.post.answers = [MailUnavailable("no route")] * 100
    pauses = []
    for _ in range(100):
        notice = await office.look(notice_id)
        if notice.status != "waiting":
            break
        pauses.append(notice.due / 1000 - office.clock.now)
        office.clock.now = max(office.clock.now, notice.due / 1000)
        await office.sender.send_due()
    assert notice.status == "failed"
    assert notice.problem == "no route"
    assert pauses[1:8] == sorted(pauses[1:8])
    assert office.clock.now - 1_700_000_000 < GIVEN_UP_AFTER
    assert len(office.post.sent) < 15
    assert "given up" in caplog.text
    # What it said is still there, and it can be sent after all.
    assert (await office.notices.show(notice_id))[1].text == "secret link"
    office.post.answers = []
    await office.notices.retry(notice_id)
    assert await office.sender.send_due() == 1
    assert (await office.look(notice_id)).status == "delivered"


async def test_what_is_refused_is_not_tried_again(office):
    mail_id, webhook_id = await office.mail(), await office.webhook()
    office.post.answers = [MailRefused("550 unknown"), WebhookRefused("10.0.0.1 is not public")]
    await office.sender.send_due()
    for notice_id, problem in ((mail_id, "550 unknown"), (webhook_id, "10.0.0.1 is not public")):
        notice = await office.look(notice_id)
        assert (notice.status, notice.problem) == ("failed", problem)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer(200), "delivered"),
        (Answer(302), "waiting"),
        (Answer(404), "waiting"),
        (Answer(500), "waiting"),
        (WebhookUnavailable("no answer"), "waiting"),
        (RuntimeError("a mistake of ours"), "waiting"),
        (Answer(410), "failed"),
    ],
)
async def test_answers_to_webhooks(office, answer, status):
    notice_id = await office.webhook()
    office.post.answers = [answer]
    await office.sender.send_due()
    assert (await office.look(notice_id)).status == status


async def test_a_receiver_says_when_to_come_again(office):
    notice_id = await office.webhook()
    office.post.answers = [Answer(429, 2 * HOUR)]
    await office.sender.send_due()
    assert (await office.look(notice_id)).due == (office.clock.now + 2 * HOUR) * 1000


async def test_a_webhooks_signature_is_of_the_attempt_and_its_id_of_the_notice(office):
    notice_id = await office.webhook()
    office.post.answers = [Answer(500)]
    await office.sender.send_due()
    office.clock.now += 60
    await office.sender.send_due()
    (_, first, body), (_, second, same) = office.post.sent
    assert first["webhook-id"] == second["webhook-id"] == notice_id
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 60
    assert first["webhook-signature"] != second["webhook-signature"]
    assert body == same


async def test_the_address_of_a_webhook_is_not_shown_whole(office):
    notice = await office.look(await office.webhook("https://x.example/hook?key=1"))
    assert notice.to == "https://x.example"


async def test_notices_of_one_queue_go_one_after_the_other(office):
    office.post.hold = asyncio.Event()
    for _ in range(3):
        await office.webhook("https://slow.example/", on_behalf_of="eve")
    await office.webhook("https://fast.example/", on_behalf_of="ann")
    sending_now = asyncio.create_task(office.sender.run())
    for _ in range(2):
        await office.post.came.acquire()
    assert {url for url, *_ in office.post.sent} == {
        "https://slow.example/",
        "https://fast.example/",
    }
    office.post.hold.set()
    for _ in range(2):
        await office.post.came.acquire()
    sending_now.cancel()
    await asyncio.gather(sending_now, return_exceptions=True)


async def test_two_who_try_at_once_settle_it_once(office):
    notice_id = await office.mail()
    office.post.answers = [None, MailUnavailable("the second was too late")]
    await asyncio.gather(office.sender.send_due(), office.new_sender().send_due())
    notice = await office.look(notice_id)
    assert (notice.status, notice.attempts) == ("delivered", 1)
    assert len(office.post.sent) == 2  # at least once


async def test_without_a_mail_server_mails_wait_and_webhooks_go():
    office = Office(mails=False)
    notice_id = await office.mail()
    await office.webhook()
    assert await office.sender.send_due() == 1
    assert (await office.look(notice_id)).status == "waiting"
    assert await office.new_sender().send_due() == 1  # now there is one


async def test_delivery_is_written_down_when_the_store_works_again(office, monkeypatch):
    monkeypatch.setattr(sending, "_LONGEST_PAUSE", 0.0)
    notice_id = await office.mail()
    transact, failures = office.store.transact, [StoreFailed("disk"), StoreFailed("disk")]

    async def failing(fn, **more):
        if failures:
            raise failures.pop()
        return await transact(fn, **more)

    monkeypatch.setattr(office.store, "transact", failing)
    await office.sender.send_due()
    assert (await office.look(notice_id)).status == "delivered"
    assert len(office.post.sent) == 1


async def test_so_many_mails_a_day_on_behalf_of_somebody(office, monkeypatch):
    monkeypatch.setattr(outbox, "MAILS_A_DAY", 2)
    assert [bool(await office.mail(on_behalf_of="eve")) for _ in range(4)] == [1, 1, 0, 0]
    assert await office.mail(on_behalf_of="ann")
    assert await office.notices.dropped() == 2
    office.clock.now += 24 * HOUR
    assert await office.mail(on_behalf_of="eve")
    assert await office.notices.dropped() == 0


async def test_so_many_webhooks_wait_for_somebody(office, monkeypatch):
    monkeypatch.setattr(outbox, "WAITING_WEBHOOKS", 2)
    assert [bool(await office.webhook(on_behalf_of="eve")) for _ in range(3)] == [1, 1, 0]
    while await office.sender.send_due():
        pass
    assert await office.webhook(on_behalf_of="eve")


async def test_what_cannot_be_sent_is_dropped_and_counted(office):
    assert await office.mail("nobody") == ""
    assert await office.webhook("file:///etc/passwd") == ""
    assert await office.notices.dropped() == 2
    assert await office.notices.latest() == []


async def test_notices_are_kept_for_a_while():
    office = Office(mails=False)
    await office.mail()
    await office.webhook()
    await office.sender.send_due()
    office.clock.now += KEPT - 1
    young = await office.mail()
    assert await office.notices.maintain() == 0
    office.clock.now += 24 * HOUR
    assert await office.notices.maintain() == 2
    assert [one.notice_id for one in await office.notices.latest()] == [young]
    rows = await office.store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert len(rows) == 3  # the notice, when it is due, and how many were sent today


async def test_of_what_is_not_there(office):
    with pytest.raises(NoticeNotFound, match="none-such"):
        await office.notices.show("none-such")
    with pytest.raises(NoticeNotFound):
        await office.notices.retry("none-such")
