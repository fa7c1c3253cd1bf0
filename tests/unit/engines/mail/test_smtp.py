"""Mail by SMTP, to a server that asks for TLS and a password, refuses, or is not there."""

import socket
import ssl

import pytest

from lenticular.engines.mail.contract import MailRefused, MailUnavailable
from lenticular.engines.mail.smtp import SmtpMail, SmtpServer
from lenticular.server import certificates
from lenticular.server.configuration import Configuration
from lenticular.testing.mail import mail_receiver

MESSAGE = b"Subject: Hello\r\n\r\n.hidden\r\n..\r\nbye\r\n"
SENDER, RECIPIENT = "cloud@lab.example", "ann@x.example"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A server's TLS, and that of a client that trusts it."""
    configuration = Configuration(data=tmp_path_factory.mktemp("data"), tls=True)
    server = certificates.server_context(configuration)
    return server, ssl.create_default_context(cafile=certificates.trusted(configuration))


async def test_a_message_arrives_as_it_is():
    async with mail_receiver() as receiver:
        engine = SmtpMail(SmtpServer("127.0.0.1", receiver.port, "none"))
        await engine.send(MESSAGE, SENDER, RECIPIENT)
    [received] = receiver.received
    assert received.data == MESSAGE
    assert (received.sender, received.recipients) == (SENDER, (RECIPIENT,))


async def test_tls_is_begun_before_the_password_goes(secured):
    server, client = secured
    async with mail_receiver(secured=server, passwords={"cloud": "pass"}) as receiver:
        at = SmtpServer("127.0.0.1", receiver.port, "starttls", "cloud", "pass", trusted=client)
        await SmtpMail(at).send(MESSAGE, SENDER, RECIPIENT)
    [received] = receiver.received
    assert received.over_tls
    assert received.user == "cloud"


async def test_nothing_goes_where_tls_is_not_offered():
    async with mail_receiver() as receiver:
        engine = SmtpMail(SmtpServer("127.0.0.1", receiver.port, "starttls"))
        with pytest.raises(MailUnavailable, match="STARTTLS"):
            await engine.send(MESSAGE, SENDER, RECIPIENT)
    assert receiver.received == []


async def test_nothing_goes_to_a_server_with_a_strangers_certificate(secured):
    server, _ = secured
    async with mail_receiver(secured=server) as receiver:
        engine = SmtpMail(SmtpServer("127.0.0.1", receiver.port, "starttls"))
        with pytest.raises(MailUnavailable, match="certificate"):
            await engine.send(MESSAGE, SENDER, RECIPIENT)
    assert receiver.received == []


async def test_a_wrong_password_is_ours_to_mend():
    async with mail_receiver(passwords={"cloud": "pass"}) as receiver:
        at = SmtpServer("127.0.0.1", receiver.port, "none", "cloud", "wrong")
        with pytest.raises(MailUnavailable, match="535") as raised:
            await SmtpMail(at).send(MESSAGE, SENDER, RECIPIENT)
    assert "wrong" not in repr(at)
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize(
    ("where", "answer", "error"),
    [
        (RECIPIENT, "550 no such user", MailRefused),
        (RECIPIENT, "451 come again", MailUnavailable),
        ("DATA", "554 we do not like it", MailRefused),
        ("DATA", "452 full", MailUnavailable),
    ],
)
async def test_refusals_for_good_and_for_now(where, answer, error):
    async with mail_receiver() as receiver:
        receiver.refusals[where] = answer
        engine = SmtpMail(SmtpServer("127.0.0.1", receiver.port, "none"))
        with pytest.raises(error, match=answer):
            await engine.send(MESSAGE, SENDER, RECIPIENT)
    assert receiver.received == []


async def test_a_server_that_is_not_there():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = SmtpMail(SmtpServer("127.0.0.1", unused.getsockname()[1], "none"))
        with pytest.raises(MailUnavailable, match="refused"):
            await engine.send(MESSAGE, SENDER, RECIPIENT)
