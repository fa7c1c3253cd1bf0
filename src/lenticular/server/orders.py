"""What a supervisor and its worker tell each other, over a pair of sockets, a line each.

The supervisor sends `Orders`; the descriptors that they name are inherited. The worker
answers with `Begun` once it serves, or with `Refused`. Who has begun sends a `Beat` again and
again, out of the event loop that answers requests: none comes of a worker that hangs. The
supervisor keeps silent: that its end is closed tells a worker that it is gone, however it ended.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lenticular.server.configuration import Configuration

BEATS = 10
"""How many beats a worker sends in the time for which its supervisor is patient."""


class Orders(Struct, frozen=True):
    """What a worker needs to begin."""

    number: int
    """Counted from 1."""
    configuration: Configuration
    lock: int
    """The descriptor of the data folder's lock, which is held for as long as anyone has it."""
    listeners: dict[str, int]
    """The descriptors of the sockets to listen on, by interface."""


class Begun(Struct, frozen=True, tag=True):
    """The worker serves."""


class Refused(Struct, frozen=True, tag=True):
    """The worker cannot begin, for a reason that the cloud's owner can mend."""

    message: str


class Beat(Struct, frozen=True, tag=True):
    """The worker goes on."""


def line(message: Orders | Begun | Refused | Beat) -> bytes:
    """Write a message as a line."""
    return msgspec.json.encode(message, enc_hook=str) + b"\n"


def orders(text: bytes) -> Orders:
    """Read orders."""
    return msgspec.json.decode(text, type=Orders, dec_hook=_path)


def answer(text: bytes) -> Begun | Refused | None:
    """Read a worker's answer; None: it ended before it had given a whole one."""
    if not text.endswith(b"\n"):
        return None
    return msgspec.json.decode(text, type=Begun | Refused)


def _path(kind: type, value: Any) -> Path:
    assert kind is Path
    return Path(value)
