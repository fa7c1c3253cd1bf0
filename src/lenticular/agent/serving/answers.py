"""What all answers of the data channel have in common: errors, and what browsers may do with it.

Files are somebody's, and served from one origin with those of others: no script in them runs
(Content Security Policy Level 3, "sandbox"), their type is believed as it is told, and a page
of another site may read what its visitor has a token for, but never by a cookie.
"""

from typing import Any, Final

import msgspec

from lenticular.apis.http import Response
from lenticular.engines.connectors.faults import Fault

SAFE: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Last-Modified, "
        "Location, Range, WWW-Authenticate",
    ),
)

SANDBOX: Final = (
    "Content-Security-Policy",
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self' data:; frame-ancestors 'none'",
)
"""What a file may do that is looked at in a browser."""

_PREFLIGHT: Final = (
    ("Access-Control-Allow-Methods", "GET, HEAD, PUT, DELETE"),
    (
        "Access-Control-Allow-Headers",
        "Authorization, Content-Digest, Content-MD5, Content-Range, Content-Type, Digest, "
        "If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, "
        "Repr-Digest, X-Requested-With",
    ),
    ("Access-Control-Max-Age", "600"),
)

_STATUSES: Final = {
    "AUTH": 403,
    "EXISTS": 409,
    "FILE_NOT_FOUND": 404,
    "INVALID_PATH": 400,
    "IS_A_DIRECTORY": 409,
    "NOT_A_DIRECTORY": 409,
    "NOT_EMPTY": 409,
    "NOT_SUPPORTED": 405,
    "NO_SPACE_LEFT": 507,
    "PERMISSION_DENIED": 403,
    "QUOTA_EXCEEDED": 507,
    "TIMEOUT": 504,
    "UNKNOWN": 500,
    "VERIFY_CHECKSUM": 400,
}


class Refusal(Exception):
    """A request that is not done, as HTTP says it."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


def refused(refusal: Refusal) -> Response:
    """Write a refusal."""
    response = document(refusal.status, {"code": refusal.code, "message": str(refusal)})
    response.headers.extend(refusal.headers)
    response.is_refusal = refusal.status in (401, 403)
    response.error = refusal.code
    return response


def refusal_of(fault: Fault) -> Refusal:
    """Return a fault as HTTP says it."""
    status = _STATUSES.get(fault.code, 502)
    return Refusal(status, fault.code, fault.description)


def document(status: int, content: Any) -> Response:
    """Return a JSON document, which nobody keeps."""
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *SAFE]
    return Response(status, headers, msgspec.json.encode(content))


def preflight() -> Response:
    """Answer a browser that asks whether another site's page may send a request (Fetch)."""
    return Response(204, [*SAFE, *_PREFLIGHT])
