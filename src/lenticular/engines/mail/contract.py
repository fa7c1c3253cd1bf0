"""The contract of sending mail: one whole message to one recipient, taken over or not."""

from abc import ABC, abstractmethod


class MailRefused(Exception):
    """The recipient's side will never take this message; the message says what it answered."""


class MailUnavailable(Exception):
    """The message was not taken over now; sent again later, it may be."""


class MailEngine(ABC):
    """Sends mail."""

    @abstractmethod
    async def send(self, message: bytes, sender: str, recipient: str) -> None:
        """Hand a message (RFC 5322, lines ending with CRLF) over to be delivered.

        `sender` and `recipient` are bare ASCII addresses: where failures are reported to, and
        the one to whom it goes. When this returns, somebody else answers for the message.
        When it raises anything but `MailRefused` that may be so all the same.

        Raises `MailRefused` and `MailUnavailable`.
        """
