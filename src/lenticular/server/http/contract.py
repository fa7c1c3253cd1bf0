"""What serves a request, and what bounds the connections that requests come on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from lenticular.apis.http import Request, Response

Send = Callable[[Response], Awaitable[None]]
"""Sends a response; returns when all of it was handed over, or the client went away."""
Handler = Callable[[Request, Send], Awaitable[None]]
"""Serves one request: sends one response to it, and may then go on for as long as it needs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may take."""

    head: int
    """Bytes of a request line and headers together."""
    idle: float
    """Seconds without a request, without a byte that is waited for, and for a whole head."""
    connections: int
    """Open ones, above which one that idles is closed, or else requests are answered 503."""
    descriptors: int = 1 << 30
    """Of the process: a connection that gets one above is closed where none idles. The system
    gives the lowest that is free, so the number says how many files are open."""
