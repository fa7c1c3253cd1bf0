"""Notices as they go out: nothing that somebody wrote becomes a header."""

import email
import email.policy
import json
from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.notices import Mail, Notice, Notices, Webhook, is_address, is_url
from lenticular.primitives.notices.messages import mail_message, webhook_body
from lenticular.primitives.vault import Vault

SENDER = Address("Lenticular", "cloud", "lab.example")
NOTICE = Notice("abc", "mail", "ann@x.example", "", b"", 1_700_000_000_000)


def parsed(mail):
    return email.message_from_bytes(mail_message(NOTICE, mail, SENDER), policy=email.policy.default)


def test_a_mail_as_it_goes_out():
    message = parsed(Mail(to="ann@x.example", subject="Grüße", text="Schönes\nWetter\n"))
    assert message["From"] == "Lenticular <cloud@lab.example>"
    assert message["To"] == "ann@x.example"
    assert message["Subject"] == "Grüße"
    assert message["Message-ID"] == "<abc@lab.example>"
    assert message["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Schönes", "Wetter"]
    assert mail_message(NOTICE, Mail(to="ann@x.example", subject="", text=""), SENDER).isascii()


async def kept_subject(subject):
    """Return the mail that the outbox keeps for a subject."""
    store = MemoryStore()
    notices = Notices(store, Vault(bytes(32)))
    mail = Mail(to="ann@x.example", subject=subject, text="")
    notice_id = await store.transact(lambda tx: notices.send_mail(tx, mail))
    return (await notices.show(notice_id))[1]


@pytest.mark.parametrize(
    "subject",
    [
        "hello\r\nBcc: eve@x.example",
        "hello\nBcc: eve@x.example",
        "hello\rBcc: eve@x.example",
        "hello\x0bBcc: eve\x0c@x\x1c\x85\u2028\u2029\x00.example",
        "=?utf-8?q?hello=0d=0aBcc:_eve@x.example?=",
        "\u202emoc.live\u202c" + "x" * 1000,
    ],
)
async def test_header_injection_by_the_subject(subject):
    message = parsed(await kept_subject(subject))
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert len(message["Subject"]) <= 250
    assert message.get_content().strip() == ""


@given(text=st.text(max_size=300))
def test_no_text_becomes_a_header_or_the_end_of_the_message(text):
    data = mail_message(NOTICE, Mail(to="ann@x.example", subject="s", text=text), SENDER)
    head, _, body = data.partition(b"\r\n\r\n")
    assert {line.split(b":")[0] for line in head.split(b"\r\n") if line[:1].strip()} <= {
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted",
        b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version",
    }  # fmt: skip
    assert b"\r" not in body.replace(b"\r\n", b"")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    "address",
    ["ann@x.example", "ann.lee+lab@mail.x.example", "a@localhost", "o'neill@x.example"],
)
def test_addresses(address):
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "@x.example",
        "ann@x.example\r\nRCPT TO:<eve@x.example>",
        "ann@x.example\n",
        "ann@x.example, eve@x.example",
        "ann@x.example>",
        "<ann@x.example>",
        "Ann <ann@x.example>",
        '"a b"@x.example',
        "ann @x.example",
        "ann@x..example",
        "ann@-x.example",
        "änn@x.example",
        "ann@[127.0.0.1]",
        "a" * 250 + "@x.example",
    ],
)
def test_what_is_no_address(address):
    assert not is_address(address)


@pytest.mark.parametrize("url", ["https://x.example/a?b=c", "http://[2001:db8::1]:8080/"])
def test_urls(url):
    assert is_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@x.example/",
        "https://x.example/\r\nX: y",
        "https://x.example/ a",
        "https://x.example:99999/",
        "https://[::1/",
        "https://x.example/" + "a" * 3000,
    ],
)
def test_what_is_no_url(url):
    assert not is_url(url)


def test_a_webhooks_body():
    webhook = Webhook(url="https://x.example/", kind="task.succeeded", data={"a": 1}, secret="")
    assert json.loads(webhook_body(NOTICE, webhook)) == {
        "type": "task.succeeded",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {"a": 1},
    }
