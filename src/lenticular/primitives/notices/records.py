"""What is to be told to people and programs, and what the store remembers of it.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

import os
import re
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace

Channel = Literal["mail", "webhook"]

Status = Literal["waiting", "delivered", "failed"]
"""``waiting``: to be tried, or tried again; ``failed``: given up, and `Notice.problem` says why."""

NOTICE = Subspace("notices", "notice")  # (notice id) -> Notice
DUE = Subspace("notices", "due")  # (channel, when, notice id) -> queue
WAITING = Subspace("notices", "waiting")  # (queue) -> how many webhooks wait
SENT = Subspace("notices", "sent")  # (day since the epoch, on whose behalf) -> how many mails
DROPPED = Subspace("notices", "dropped")  # (day since the epoch) -> how many notices

TOPIC = b"notices"
"""Signalled when a notice was made, or is done with."""

LONGEST_SUBJECT = 200
LONGEST_TEXT = 64 * 1024
LONGEST_DATA = 64 * 1024
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less its brackets
_LONGEST_URL = 2048

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(
    rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_URL = re.compile(r"https?://[\x21-\x7e]+")


class Mail(Struct, frozen=True, kw_only=True):
    """A message to one person, in plain text."""

    to: str
    """Their address. One that is no address (`is_address`) is not written to."""
    subject: str
    """One line; whatever would make it several is taken out."""
    text: str
    on_behalf_of: str = ""
    """The identity whose doing it is: so many mails a day, and no more. Empty: the cloud's."""


class Webhook(Struct, frozen=True, kw_only=True):
    """A message to a program, as https://www.standardwebhooks.com has it."""

    url: str
    """Where it is posted to: ``http`` or ``https``. Another is not posted to."""
    kind: str
    """What happened, words joined by dots (``task.succeeded``)."""
    data: dict[str, Any]
    """All else, of JSON's types."""
    secret: str
    """What it is signed with, as `signatures.new_secret` makes it. Another signs nothing."""
    on_behalf_of: str = ""
    """The identity whose doing it is: theirs are posted one after the other. Empty: the
    cloud's."""


class Notice(Struct, array_like=True, frozen=True):
    """A mail or a webhook on its way, or what became of it."""

    notice_id: str
    """Sorted by time, and the same at every attempt: receivers know a repetition by it."""
    channel: Channel
    to: str
    """A mail address, or a webhook's scheme and host."""
    subject: str
    """Of a webhook: its kind."""
    sealed: bytes
    """The whole `Mail` or `Webhook`; empty once it was delivered."""
    made: int
    status: Status = "waiting"
    attempts: int = 0
    due: int = 0
    """When it is tried next."""
    settled: int = 0
    """When it was delivered, or given up."""
    problem: str = ""
    """What the last attempt that failed ran into."""
    queue: str = ""
    """Notices of one queue go one after the other: those of a webhook's person (or host), and
    mails to one address."""
    begun: int = 0
    """Since when it is tried, if that is not since it was made."""


encode = msgspec.msgpack.Encoder().encode
decode_notice = msgspec.msgpack.Decoder(Notice).decode
decode_mail = msgspec.msgpack.Decoder(Mail).decode
decode_webhook = msgspec.msgpack.Decoder(Webhook).decode


def new_id(now: int) -> str:
    """Return the id of a notice that is made `now`."""
    return f"{now:012x}{os.urandom(10).hex()}"


def is_address(text: str) -> bool:
    """Tell whether a mail can be addressed so (RFC 5321, ``Dot-string@Domain``, in ASCII)."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Tell whether a webhook can be posted there, as far as the address itself tells.

    Names and passwords have no place in it.
    """
    if len(text) > _LONGEST_URL or not _URL.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False


def origin(url: str) -> str:
    """Return the scheme and host of an address: what may be shown of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def notice(reader: Reader, notice_id: str) -> Notice | None:
    """Return a notice."""
    data = reader.get(NOTICE.pack(notice_id))
    return None if data is None else decode_notice(data)
