"""The circumstances of a request, as policies ask for them: when, from where, how.

IAM User Guide, "AWS global condition context keys", those of the request and the network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One request, apart from who makes it and what is asked."""

    time: float = 0.0
    """Seconds since the epoch."""
    source_ip: str = ""
    secure: bool = False
    """Whether it came over TLS."""
    user_agent: str = ""
    referer: str = ""
    region: str = ""

    def value(self, key: str) -> str | None:
        """Return the value of a global condition key, in lower case; None: it has none."""
        find = _KEYS.get(key)
        return find(self) or None if find is not None else None


NO_CIRCUMSTANCES = Circumstances()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_KEYS: dict[str, Callable[[Circumstances], str]] = {
    "aws:currenttime": lambda request: _iso(request.time),
    "aws:epochtime": lambda request: str(int(request.time)),
    "aws:sourceip": lambda request: request.source_ip,
    "aws:securetransport": lambda request: "true" if request.secure else "false",
    "aws:useragent": lambda request: request.user_agent,
    "aws:referer": lambda request: request.referer,
    "aws:requestedregion": lambda request: request.region,
}
