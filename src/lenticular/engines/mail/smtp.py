"""Mail by SMTP (RFC 5321), submitted to a server that delivers it (RFC 6409).

The standard library's client speaks on a thread, a connection for each message: notices are
few, and a connection that was kept open would mostly be found closed.
"""

import asyncio
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from lenticular.engines.mail.contract import MailEngine, MailRefused, MailUnavailable

Security = Literal["starttls", "tls", "none"]
"""``starttls``: TLS is begun on the plain connection, or nothing is sent; ``tls``: from the
start (RFC 8314); ``none``: in the clear."""

_PERMANENT = range(500, 600)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server to which mail is submitted, and as whom."""

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    """Empty: nobody signs in."""
    password: str = field(default="", repr=False)
    own_name: str = "localhost"
    """What this machine says that it is (``EHLO``)."""
    timeout: float = 30.0
    """Seconds that the server has for each answer."""
    trusted: ssl.SSLContext | None = None
    """Decides whose certificate is good; None: what this machine trusts."""


class SmtpMail(MailEngine):
    """Sends mail through one server."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, message: bytes, sender: str, recipient: str) -> None:
        await asyncio.to_thread(self._submit, message, sender, recipient)

    def _submit(self, message: bytes, sender: str, recipient: str) -> None:
        try:
            connection = self._connected()
            try:
                connection.sendmail(sender, [recipient], message)
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()  # it has the message, however it says goodbye
            finally:
                connection.close()
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[recipient]
            raise _answered(code, answer, f"{recipient} was refused") from None
        except smtplib.SMTPDataError as error:
            raise _answered(error.smtp_code, error.smtp_error, "it was refused") from None
        except smtplib.SMTPResponseException as error:
            # Whoever sends or signs in was refused: that is ours to mend, not the message's fault.
            raise MailUnavailable(_told(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{self._server.host}: {error}") from None

    def _connected(self) -> smtplib.SMTP:
        at = self._server
        trusted = at.trusted or ssl.create_default_context()
        connection: smtplib.SMTP
        if at.security == "tls":
            connection = smtplib.SMTP_SSL(
                at.host, at.port, at.own_name, timeout=at.timeout, context=trusted
            )
        else:
            connection = smtplib.SMTP(at.host, at.port, at.own_name, timeout=at.timeout)
        try:
            if at.security == "starttls":
                connection.starttls(context=trusted)
            if at.user:
                connection.login(at.user, at.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _answered(code: int, answer: bytes | str, what: str) -> Exception:
    kind = MailRefused if code in _PERMANENT else MailUnavailable
    return kind(f"{what}: {_told(code, answer)}")


def _told(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the mail server answered {code} {' '.join(text.split())[:200]}"
