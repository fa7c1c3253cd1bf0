"""A mail server for tests: speaks SMTP on a free port, keeps what it is given."""

import asyncio
import base64
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    """What stood between ``DATA`` and the dot."""
    over_tls: bool
    user: str
    """Who had signed in; empty: nobody."""

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = email.message_from_bytes(self.data, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass(slots=True)
class MailReceiver:
    """What the server was given, and how it is to answer."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    """By recipient (or ``DATA``): what is answered instead, as ``550 No such user``."""
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with each message."""


@asynccontextmanager
async def mail_receiver(
    *, secured: ssl.SSLContext | None = None, passwords: dict[str, str] | None = None
) -> AsyncIterator[MailReceiver]:
    """Serve while the context lasts.

    `secured`: STARTTLS is offered. `passwords`: whoever sends must sign in (AUTH PLAIN), over
    TLS where there is any.
    """
    receiver = MailReceiver()
    sessions: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client may go whenever it likes.
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await _Session(receiver, reader, writer, secured, passwords or {}).run()
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.create_task(serve(reader, writer))
        sessions.add(session)
        session.add_done_callback(sessions.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
    await asyncio.gather(*sessions)


class _Session:
    """One connection (RFC 5321, with RFC 3207 and RFC 4954)."""

    def __init__(
        self,
        receiver: MailReceiver,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        secured: ssl.SSLContext | None,
        passwords: dict[str, str],
    ) -> None:
        self._receiver = receiver
        self._reader = reader
        self._writer = writer
        self._secured = secured
        self._passwords = passwords
        self._over_tls = False
        self._user = ""
        self._sender = ""
        self._recipients: list[str] = []

    async def run(self) -> None:
        self._say("220 receiver")
        while line := await self._reader.readline():
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    self._greet()
                case "STARTTLS" if self._secured and not self._over_tls:
                    self._say("220 go on")
                    await self._writer.start_tls(self._secured)
                    self._over_tls = True
                case "AUTH":
                    self._say("235 welcome" if self._sign_in(rest) else "535 wrong")
                case "MAIL" if self._passwords and not self._user:
                    self._say("530 sign in first")
                case "MAIL":
                    self._sender, self._recipients = _address(rest), []
                    self._say("250 ok")
                case "RCPT":
                    self._say(self._receiver.refusals.get(_address(rest), "250 ok"))
                    self._recipients.append(_address(rest))
                case "DATA":
                    await self._take()
                case "QUIT":
                    self._say("221 bye")
                    return
                case "RSET" | "NOOP":
                    self._say("250 ok")
                case _:
                    self._say("502 not here")
            await self._writer.drain()

    def _greet(self) -> None:
        offers = ["receiver"]
        if self._secured and not self._over_tls:
            offers.append("STARTTLS")
        elif self._passwords:
            offers.append("AUTH PLAIN")
        last = len(offers) - 1
        for number, offer in enumerate(offers):
            self._say(f"250{' ' if number == last else '-'}{offer}")

    def _sign_in(self, rest: str) -> bool:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        if self._passwords.get(user) != password:
            return False
        self._user = user
        return True

    async def _take(self) -> None:
        self._say("354 go on")
        await self._writer.drain()
        data = await self._reader.readuntil(b"\r\n.\r\n")
        refusal = self._receiver.refusals.get("DATA")
        self._say(refusal or "250 taken")
        if refusal is None:
            message = data[:-3].replace(b"\r\n..", b"\r\n.")
            self._receiver.received.append(
                Received(self._sender, tuple(self._recipients), message, self._over_tls, self._user)
            )
            self._receiver.came.set()

    def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")


def _address(rest: str) -> str:
    """Return the address in ``FROM:<address>`` or ``TO:<address>``."""
    return rest.partition("<")[2].partition(">")[0]
