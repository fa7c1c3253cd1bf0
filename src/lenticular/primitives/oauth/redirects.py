"""Where codes may be sent: redirect URIs, compared as they are.

RFC 6749, section 3.1.2, and RFC 9700, section 2.1: the URI in a request must be, character
by character, one that the client has registered. The one exception is RFC 8252, section
7.3: an app on the person's own machine listens on whatever port is free, so that the port
of a loopback URI does not count.
"""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from lenticular.primitives.oauth.errors import EntryInvalid

LONGEST = 2048

# Taken apart by one expression and never by a parser: two parsers that differ on a URI are
# how codes end up with strangers.
_LOOPBACK = re.compile(
    r"(?P<host>http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?P<rest>[/?][^#\\]*)?"
)
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
_NEVER = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript"})
"""Schemes that a browser would run or read locally."""


def is_registered(uri: str, registered: Collection[str], *, native: bool) -> bool:
    """Tell whether a code may be sent to `uri`.

    `native`: the client is an app on the person's machine, of whose loopback URIs the port
    does not count.
    """
    if uri in registered:
        return True
    portless = _without_port(uri) if native else None
    return portless is not None and portless in map(_without_port, registered)


def check(uri: str, *, native: bool) -> None:
    """Raise `EntryInvalid` unless `uri` can be registered.

    An absolute URI without user, password or fragment. A scheme of its own is for apps.
    """
    try:
        parts = urlsplit(uri)
        scheme = parts.scheme
        strange = parts.username is not None or parts.password is not None
        _ = parts.port
    except ValueError as error:
        raise EntryInvalid(f"the redirect URI {uri!r} is no URI: {error}") from None
    if len(uri) > LONGEST or not _PLAIN.fullmatch(uri) or "#" in uri or strange or "*" in uri:
        raise EntryInvalid(
            f"the redirect URI {uri[:200]!r} must have no user, password, fragment, wildcard, "
            f"space or backslash, and at most {LONGEST} characters"
        )
    if scheme in ("http", "https"):
        if not parts.hostname:
            raise EntryInvalid(f"the redirect URI {uri!r} names no host")
    elif not native or not scheme or scheme in _NEVER:
        raise EntryInvalid(
            f"the redirect URI {uri!r} must be https, or http; an app may have a scheme of its own"
        )


def is_protected(uri: str) -> bool:
    """Tell whether nobody between browser and client can read what is sent to `uri`."""
    parts = urlsplit(uri)
    return parts.scheme != "http" or is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Tell whether a host is the machine that asks."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_port(uri: str) -> str | None:
    """Return a loopback URI without its port; None for any other."""
    match = _LOOPBACK.fullmatch(uri)
    if match is None:
        return None
    rest = match["rest"] or "/"
    return match["host"] + (f"/{rest}" if rest.startswith("?") else rest)
