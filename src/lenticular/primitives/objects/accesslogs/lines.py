"""Lines of access logs: one request each, in Amazon S3's format.

Amazon S3 User Guide, "Amazon S3 server access log format". Fields stand between spaces, some of
them in quotes. Whatever a client chose is percent-encoded where it is not plain: no header and
no key can end its field, or its line. What lets somebody in is left out of the address.
"""

import re
import time
from dataclasses import dataclass
from urllib.parse import quote

NOTHING = "-"
"""Stands for what a request does not have."""

_UNQUOTED = re.compile(r"[^!#-\[\]-~]")
"""What may not stand in a field without quotes: spaces, quotes, backslashes, and all but ASCII."""
_QUOTED = re.compile(r"[^ !#-\[\]-~]")

_SECRETS = re.compile(
    r"(?i)(?<![^?&])"
    r"(signature|x-amz-signature|x-amz-security-token|x-amz-server-side-encryption-customer-key"
    r"|x-amz-copy-source-server-side-encryption-customer-key)=[^&]+"
)
"""Parameters of an address that let in whoever knows it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a line tells of it. What is empty or None is told as `NOTHING`."""

    owner: str
    """Canonical id of the bucket's owner."""
    bucket: str
    time: float
    """Seconds since the epoch."""
    operation: str
    """``REST.GET.OBJECT``."""
    id: str
    key: str | None = None
    ip: str = ""
    requester: str = ""
    """A canonical id, or the ARN of a user or session."""
    method: str = ""
    target: str = ""
    """Path and query, as sent."""
    status: int = 0
    error: str = ""
    sent: int = 0
    """Bytes of the answer's body."""
    size: int | None = None
    """Bytes of the object."""
    total: float | None = None
    """Seconds from the request's begin to the answer's end."""
    processing: float | None = None
    """Seconds from the request's last byte to the answer's first."""
    referer: str = ""
    user_agent: str = ""
    version_id: str = ""
    host_id: str = ""
    signature: str = ""
    """``SigV4`` or ``SigV2``."""
    cipher: str = ""
    authentication: str = ""
    """``AuthHeader`` or ``QueryString``."""
    host: str = ""
    tls: str = ""


def line(request: Request) -> bytes:
    """Return the line of a request, with its end."""
    target = _SECRETS.sub(r"\1=REDACTED", request.target)
    fields = (
        request.owner,
        request.bucket,
        time.strftime("[%d/%b/%Y:%H:%M:%S +0000]", time.gmtime(request.time)),
        _plain(request.ip),
        _plain(request.requester),
        request.id,
        request.operation,
        NOTHING if request.key is None else _key(request.key),
        _quoted(f"{request.method} {target} HTTP/1.1" if request.method else ""),
        str(request.status or NOTHING),
        _plain(request.error),
        str(request.sent or NOTHING),
        NOTHING if request.size is None else str(request.size),
        _milliseconds(request.total),
        _milliseconds(request.processing),
        _quoted(request.referer),
        _quoted(request.user_agent),
        _plain(request.version_id),
        _plain(request.host_id),
        _plain(request.signature),
        _plain(request.cipher),
        _plain(request.authentication),
        _plain(request.host),
        _plain(request.tls),
        NOTHING,  # of access points: there are none
        NOTHING,  # of whether an access control list was needed: that is not known any more
    )
    return (" ".join(fields) + "\n").encode()


def _key(key: str) -> str:
    return quote(key, safe="/!*'();:@&=+$,?~", errors="surrogatepass") or NOTHING


def _plain(text: str) -> str:
    return _UNQUOTED.sub(_percent, text) or NOTHING


def _quoted(text: str) -> str:
    return f'"{_QUOTED.sub(_percent, text) or NOTHING}"'


def _percent(match: re.Match[str]) -> str:
    return quote(match[0], safe="", encoding="latin-1", errors="xmlcharrefreplace")


def _milliseconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else str(round(seconds * 1000))
