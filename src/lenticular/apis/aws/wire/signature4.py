"""Signature Version 4: what a request presents, and what should have been signed.

See AWS IAM User Guide, "AWS Signature Version 4 for API requests"; S3 API reference,
"Authenticating requests (AWS Signature Version 4)".
"""

import hmac
from calendar import timegm
from collections.abc import Mapping
from datetime import datetime
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote

from lenticular.apis.aws.wire.canonical import (
    Pairs,
    canonical_headers,
    canonical_query,
    object_path,
    octets,
    service_path,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.forms import missing_field
from lenticular.apis.aws.wire.payloads import UNSIGNED_PAYLOAD
from lenticular.apis.aws.wire.refusals import S3
from lenticular.apis.aws.wire.refusals.contract import (
    ALGORITHM,
    MAX_EXPIRES,
    TERMINATOR,
    Refusals,
    format_time,
)
from lenticular.apis.http import Request

_QUERY_PARTS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
FORM_PARTS = frozenset({"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"})
"""The fields of a form that carry a signature, beside the policy that it signs."""

_HEADER_PARTS = ("Credential", "SignedHeaders", "Signature")
_CACHEABLE = 256
"""Longest text, in characters, whose parsed form is kept."""


class Scope(NamedTuple):
    """A credential: an access key and what its signing key was derived for."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    text: str
    """Without the access key, as it stands in the string to sign."""


class Presented(NamedTuple):
    """A signature as a request presents it, well-formed but not verified."""

    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    """The request's time in the basic form of ISO 8601."""
    signed_at: float
    """The same in seconds since the epoch."""
    query: str
    """The canonical query."""
    expires: int | None
    """Seconds that a presigned request is valid; None for a signature in the header."""
    token: str | None
    """The session token that came with it."""


def is_presigned(parameters: dict[str, str]) -> bool:
    """Tell whether a query carries (part of) a Signature Version 4."""
    return (
        "X-Amz-Signature" in parameters
        or "X-Amz-Algorithm" in parameters
        or "X-Amz-Credential" in parameters
    )


def header_parts(authorization: str) -> dict[str, str]:
    """Return the components of an Authorization header, by name; those that are not empty."""
    parts = {}
    for part in authorization[len(ALGORITHM) :].split(","):
        name, _, value = part.strip().partition("=")
        if value:
            parts[name] = value
    return parts


def parse_scope(credential: str | None, *, encoded: bool = False) -> Scope | None:
    """Return a credential taken apart; None when it is not of five parts.

    `encoded` says that it is percent-encoded. The access key may hold slashes. The region
    may be empty: a client that was told none signs so, and means the region that there is.
    """
    if not credential:
        return None
    if len(credential) > _CACHEABLE:
        return _parse_scope.__wrapped__(credential, encoded)
    return _parse_scope(credential, encoded)


@lru_cache(maxsize=1024)
def _parse_scope(credential: str, encoded: bool) -> Scope | None:
    text = unquote(credential, "latin-1") if encoded else credential
    parts = text.rsplit("/", 4)
    if len(parts) < 5:
        return None
    access_key_id, date, region, service, terminator = parts
    if not (access_key_id and date and service and terminator):
        return None
    return Scope(access_key_id, date, region, service, terminator, "/".join(parts[1:]))


def read_header(
    request: Request, parts: dict[str, str], scope: Scope | None, pairs: Pairs, refusals: Refusals
) -> Presented:
    """Return the signature in an Authorization header of these parts.

    Raises `AwsError` when something in it is missing or malformed.
    """
    missing = [name for name in _HEADER_PARTS if name not in parts]
    if missing:
        raise refusals.missing_parts(missing, presigned=False)
    headers = request.headers
    signed_at, timestamp = parse_time(headers.get("x-amz-date") or headers.get("date") or "")
    if signed_at is None:
        raise refusals.invalid_date(presigned=False)
    return Presented(
        _checked(scope, parts["Credential"], timestamp, refusals, presigned=False),
        tuple(parts["SignedHeaders"].split(";")),
        parts["Signature"],
        timestamp,
        signed_at,
        canonical_query(pairs),
        None,
        headers.get("x-amz-security-token"),
    )


def read_query(
    parameters: dict[str, str], scope: Scope | None, pairs: Pairs, refusals: Refusals
) -> Presented:
    """Return the signature in the query of a presigned request.

    `parameters` are the canonically encoded pairs. Raises `AwsError` when something in it
    is missing or malformed.
    """
    missing = [name for name in _QUERY_PARTS if not parameters.get(name)]
    if missing:
        raise refusals.missing_parts(missing, presigned=True)
    if parameters["X-Amz-Algorithm"] != ALGORITHM:
        raise refusals.unsupported_algorithm(unquote(parameters["X-Amz-Algorithm"]))
    # An HTTP-date is none here: it has spaces, and they are encoded.
    signed_at, timestamp = parse_time(parameters["X-Amz-Date"])
    if signed_at is None:
        raise refusals.invalid_date(presigned=True)
    token = parameters.get("X-Amz-Security-Token")
    return Presented(
        _checked(scope, parameters["X-Amz-Credential"], timestamp, refusals, presigned=True),
        tuple(unquote(parameters["X-Amz-SignedHeaders"], "latin-1").split(";")),
        parameters["X-Amz-Signature"],
        timestamp,
        signed_at,
        canonical_query(pairs, without="X-Amz-Signature"),
        _parse_expires(parameters["X-Amz-Expires"], refusals),
        None if token is None else unquote(token, "latin-1"),
    )


def read_form(fields: Mapping[str, str], refusals: Refusals) -> Presented:
    """Return the signature in the fields of a form.

    Raises `AwsError` when something in it is missing or malformed.
    """
    for name in ("policy", *sorted(FORM_PARTS)):
        if not fields.get(name):
            raise missing_field(name)
    if fields["x-amz-algorithm"] != ALGORITHM:
        raise refusals.unsupported_algorithm(fields["x-amz-algorithm"])
    signed_at, timestamp = parse_time(fields["x-amz-date"])
    if signed_at is None:
        raise refusals.invalid_date(presigned=True)
    credential = fields["x-amz-credential"]
    return Presented(
        _checked(parse_scope(credential), quote(credential), timestamp, refusals, presigned=True),
        (),
        fields["x-amz-signature"],
        timestamp,
        signed_at,
        "",
        None,
        fields.get("x-amz-security-token"),
    )


def _checked(
    scope: Scope | None, credential: str, timestamp: str, refusals: Refusals, *, presigned: bool
) -> Scope:
    if scope is None:
        raise refusals.malformed_credential(unquote(credential, "latin-1"), presigned=presigned)
    if scope.terminator != TERMINATOR:
        raise refusals.wrong_terminator(scope.terminator, presigned=presigned)
    if scope.date != timestamp[:8]:
        raise refusals.wrong_scope_date(scope.date, timestamp, presigned=presigned)
    return scope


def _parse_expires(text: str, refusals: Refusals) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) > MAX_EXPIRES:
        raise refusals.invalid_expires(unquote(text))
    return int(text)


def parse_time(text: str) -> tuple[float | None, str]:
    """Return a time as requests carry it in seconds since the epoch and in basic ISO 8601.

    Taken are that form and what RFC 9110 knows as HTTP-date; None: it is no time, or one
    before the epoch.
    """
    return _parse_time(text) if len(text) <= _CACHEABLE else (None, "")


@lru_cache(maxsize=1024)
def _parse_time(text: str) -> tuple[float | None, str]:
    try:
        if _is_basic(text):
            return _since_epoch(timegm(datetime.fromisoformat(text).timetuple())), text
        fields = parsedate_tz(text)
        seconds = None if fields is None else _since_epoch(mktime_tz(fields))
        return seconds, "" if seconds is None else format_time(seconds)
    except (ValueError, OverflowError):
        return None, ""


def _since_epoch(seconds: float) -> float | None:
    return seconds if seconds >= 0 else None


def _is_basic(text: str) -> bool:
    """Tell whether a text has the shape ``20130524T000000Z``."""
    return (
        len(text) == 16
        and text[8] == "T"
        and text[15] == "Z"
        and text.isascii()
        and (text[:8] + text[9:15]).isdecimal()
    )


def unsigned_headers(request: Request, signed: tuple[str, ...]) -> list[str]:
    """Return the headers that a client must sign and has not.

    These are Host and all of AWS's own; the hash of the body stands in the canonical
    request anyway.
    """
    missing = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in signed and name != "x-amz-content-sha256"
    ]
    return missing if "host" in signed else ["host", *missing]


def content_sha256(request: Request, parameters: dict[str, str], presented: Presented) -> str:
    """Return what the canonical request of an S3 request ends in.

    Raises `AwsError` when the headers do not say it.
    """
    header = request.headers.get("x-amz-content-sha256")
    if presented.expires is not None and "x-amz-content-sha256" not in presented.signed_headers:
        hoisted = parameters.get("X-Amz-Content-Sha256")
        return UNSIGNED_PAYLOAD if hoisted is None else unquote(hoisted, "latin-1")
    if header is None:
        raise AwsError(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        )
    return header


def canonical_request(
    request: Request, presented: Presented, payload_hash: str, refusals: Refusals
) -> bytes:
    """Return the canonical request that the client should have signed."""
    path = (object_path if refusals is S3 else service_path)(request.raw_path)
    names = presented.signed_headers
    return octets(
        f"{request.method}\n{path}\n{presented.query}\n"
        f"{canonical_headers(request.headers, names)}\n{';'.join(names)}\n{payload_hash}"
    )


def string_to_sign(presented: Presented, canonical: bytes) -> bytes:
    """Return the text whose HMAC is the signature."""
    digest = sha256(canonical).hexdigest()
    return octets(f"{ALGORITHM}\n{presented.timestamp}\n{presented.scope.text}\n{digest}")


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Return the key that a secret gives for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, octets(part), "sha256")
    return key
