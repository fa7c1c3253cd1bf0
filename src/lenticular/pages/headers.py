"""The headers that every page is sent with: what a browser may do with it, and must not.

Content Security Policy Level 3 (W3C); RFC 6797 for Strict-Transport-Security.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")

_YEAR = 365 * 24 * 3600

Headers = list[tuple[str, str]]


def security_headers(
    form_targets: Iterable[str] = (),
    connect_targets: Iterable[str] = (),
    *,
    strict_transport: bool = False,
) -> Headers:
    """Return the headers of a page that may load nothing but this origin's own files.

    `form_targets` are further places (see `target`) that its forms may lead to, also by a
    redirect of the answer: browsers follow a posted form's redirects only to places that
    the page with the form named. `connect_targets` are further places that its script may
    call. `strict_transport` tells a browser to come by TLS only,
    to every port of the host, for a year.
    """
    policy = [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        " ".join(["connect-src 'self'", *dict.fromkeys(connect_targets)]),
        " ".join(["form-action 'self'", *dict.fromkeys(form_targets)]),
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
    headers = [
        ("Content-Security-Policy", "; ".join(policy)),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Cache-Control", "no-store"),
    ]
    if strict_transport:
        headers.append(("Strict-Transport-Security", f"max-age={_YEAR}"))
    return headers


def target(uri: str) -> str:
    """Return the place that a policy names to allow `uri`: its origin, or only its scheme.

    Only the scheme where the policy's grammar has no word for the host: an app's own
    scheme, an IPv6 address. Raises ValueError when `uri` is not absolute.
    """
    parts = urlsplit(uri)
    if not _SCHEME.fullmatch(parts.scheme):
        raise ValueError(f"{uri!r} is not an absolute URI")
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return f"{parts.scheme}:"
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{host}{port}"
