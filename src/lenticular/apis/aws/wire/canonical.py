"""The canonical forms that a client signs and a server must arrive at too.

See AWS IAM User Guide, "Create a signed AWS API request", and S3 API reference,
"Signature calculations for the Authorization header". Clients percent-encode in different
ways, so what came is decoded and encoded anew; most requests came canonical, and are
recognised without taking them apart.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_PLAIN_PATH = _UNRESERVED + b"/"
_PLAIN_QUERY = _UNRESERVED + b"=&%"
_CACHEABLE = 256
"""Longest text, in characters, whose canonical encoding is kept: the credential in the query
is the same in many requests."""

Pairs = list[tuple[str, str]]
"""Names and values of a query, canonically encoded, in the order they came in."""


def octets(text: str) -> bytes:
    """Return the bytes that a piece of the request was made of: HTTP is read as Latin-1.

    Other characters cannot come from a client; they are escaped so that nothing is raised.
    """
    return text.encode("latin-1", "backslashreplace")


def object_path(raw_path: str) -> str:
    """Return the canonical path of an S3 request: encoded once, and nothing normalised."""
    raw = octets(raw_path)
    if not raw.translate(None, _PLAIN_PATH):
        return raw_path or "/"
    return quote_from_bytes(unquote_to_bytes(raw), safe="/")


def service_path(raw_path: str) -> str:
    """Return the canonical path of a request to any other service.

    Dot segments and repeated slashes are resolved, then the path as it was sent is encoded
    a second time.
    """
    if raw_path in {"", "/"}:
        return "/"
    path = _resolve_dots(raw_path) if "//" in raw_path or "/." in raw_path else raw_path
    return quote_from_bytes(octets(path), safe="/")


def _resolve_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def query_pairs(raw_query: str) -> Pairs:
    """Return the pairs of a query, each name and value in its canonical encoding.

    A plus sign means a space, as it does to whoever reads the query.
    """
    if not raw_query:
        return []
    plain = not octets(raw_query).translate(None, _PLAIN_QUERY)
    pairs = []
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        if not plain or "%" in part or "=" in value:
            pairs.append((recode(name), recode(value)))
        elif part:
            pairs.append((name, value))
    return pairs


def recode(text: str) -> str:
    """Return a name or value of a query in its canonical encoding."""
    return _recode(text) if len(text) <= _CACHEABLE else _recode.__wrapped__(text)


@lru_cache(maxsize=1024)
def _recode(text: str) -> str:
    return quote_from_bytes(unquote_to_bytes(octets(text.replace("+", " "))), safe="")


def canonical_query(pairs: Pairs, *, without: str = "") -> str:
    """Return the canonical query: sorted by name, then value, leaving out one name."""
    return "&".join([f"{name}={value}" for name, value in sorted(pairs) if name != without])


def canonical_headers(headers: Mapping[str, str], names: Collection[str]) -> str:
    """Return the lines of the signed headers, in the order of `names`.

    A header that is not there counts as empty. White space is trimmed, runs of it are one
    space.
    """
    lines = "".join([f"{name}:{headers.get(name, '')}\n" for name in names])
    if "  " in lines or ": " in lines or " \n" in lines or "\t" in lines:
        return "".join([f"{name}:{_collapse(headers.get(name, ''))}\n" for name in names])
    return lines


def _collapse(value: str) -> str:
    return " ".join(filter(None, value.replace("\t", " ").split(" ")))
