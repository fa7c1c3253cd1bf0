"""The circumstances of a request, as policies ask for them: when, from where, how, with what.

IAM User Guide, "AWS global condition context keys", those of the request and the network.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

Value = str | tuple[str, ...]
"""Of a condition key: one value, or several."""


def _no_parameters(key: str) -> Value | None:
    return None


class Circumstances(Struct, frozen=True):
    """One request, apart from who makes it and which resource it is about."""

    time: float = 0.0
    """Seconds since the epoch."""
    source_ip: str = ""
    secure: bool = False
    """Whether it came over TLS."""
    user_agent: str = ""
    referer: str = ""
    region: str = ""
    request_id: str = ""
    parameters: Callable[[str], Value | None] = _no_parameters
    """Finds the service's own condition keys (``s3:prefix``), in lower case, in the request."""

    def value(self, key: str) -> Value | None:
        """Return the value of a condition key, given in lower case; None: it has none."""
        find = _KEYS.get(key)
        return find(self) or None if find is not None else self.parameters(key)

    def having(self, parameters: Callable[[str], Value | None]) -> "Circumstances":
        """Return the same circumstances with the keys that a service finds in the request."""
        return replace(self, parameters=parameters)


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
