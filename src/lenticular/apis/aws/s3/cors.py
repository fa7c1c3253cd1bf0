"""CORS as S3 has it: its rules as documents, and the headers by which browsers learn of them.

Amazon S3 User Guide, "Using cross-origin resource sharing (CORS)"; Fetch Standard, "HTTP
responses" of the CORS protocol.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lenticular.apis.aws.s3.errors import invalid_request, malformed_xml
from lenticular.apis.aws.s3.headers import Headers
from lenticular.apis.http import Request
from lenticular.primitives.objects import Settings
from lenticular.primitives.objects.cors import ANYWHERE, CORS, Cors, CorsRule, Match
from lenticular.primitives.objects.errors import BucketNotFound

MAX_RULES = 100
MAX_ID = 255
"""Longest id of a rule, in characters."""

MAX_AGE = 2**31 - 1
"""Most seconds that a browser may remember a rule."""

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")

REQUESTED_METHOD = "access-control-request-method"
REQUESTED_HEADERS = "access-control-request-headers"

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header's name can be (RFC 9110, section 5.6.2)."""

_VARY = ("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")


class CrossOrigin:
    """Tells, with the answer to a page of another origin, what the page may know of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __call__(
        self, request: Request, arguments: Mapping[str, str]
    ) -> Sequence[tuple[str, str]]:
        """Return the headers; none where the bucket has no rules. OPTIONS answers for itself."""
        bucket = arguments.get("Bucket")
        if bucket is None or request.method == "OPTIONS":
            return ()
        try:
            cors = await self._settings.find(bucket, CORS)
        except BucketNotFound:
            return ()
        if cors is None:
            return ()
        method = request.headers.get(REQUESTED_METHOD, request.method)
        match = cors.match(request.headers["origin"], method)
        return (_VARY,) if match is None else headers(match)


def headers(match: Match, requested: Sequence[str] = ()) -> Headers:
    """Return what a browser is told of a rule that fits, and the requested headers it allows."""
    rule = match.rule
    told = [
        ("access-control-allow-origin", match.origin),
        ("access-control-allow-methods", ", ".join(rule.methods)),
    ]
    if requested:
        told.append(("access-control-allow-headers", ", ".join(requested)))
    if rule.exposed:
        told.append(("access-control-expose-headers", ", ".join(rule.exposed)))
    if rule.max_age is not None:
        told.append(("access-control-max-age", str(rule.max_age)))
    if match.origin != ANYWHERE:
        told.append(("access-control-allow-credentials", "true"))
    return [*told, _VARY]


def read_cors(configuration: Mapping[str, Any]) -> Cors:
    """Return the rules of a CORSConfiguration. Raises MalformedXML and InvalidRequest."""
    given = configuration.get("CORSRules")
    if not given:
        raise malformed_xml()
    if len(given) > MAX_RULES:
        raise invalid_request(
            f"The number of CORS rules should not exceed allowed limit of {MAX_RULES} rules."
        )
    return Cors(tuple(map(_rule, given)))


def shown(cors: Cors) -> list[dict[str, Any]]:
    """Return rules as the result of GetBucketCors."""
    return [
        {
            "ID": rule.id or None,
            "AllowedHeaders": rule.headers or None,
            "AllowedMethods": rule.methods,
            "AllowedOrigins": rule.origins,
            "ExposeHeaders": rule.exposed or None,
            "MaxAgeSeconds": rule.max_age,
        }
        for rule in cors.rules
    ]


def _rule(given: Mapping[str, Any]) -> CorsRule:
    rule = CorsRule(
        origins=tuple(given.get("AllowedOrigins") or ()),
        methods=tuple(given.get("AllowedMethods") or ()),
        headers=tuple(given.get("AllowedHeaders") or ()),
        exposed=tuple(given.get("ExposeHeaders") or ()),
        max_age=given.get("MaxAgeSeconds"),
        id=given.get("ID") or "",
    )
    if not rule.origins or not rule.methods or len(rule.id) > MAX_ID:
        raise malformed_xml()
    if rule.max_age is not None and not 0 <= rule.max_age <= MAX_AGE:
        raise malformed_xml()
    for method in rule.methods:
        if method not in METHODS:
            raise invalid_request(
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )
    for element, texts in (("AllowedOrigin", rule.origins), ("AllowedHeader", rule.headers)):
        for text in texts:
            if text.count("*") > 1:
                raise invalid_request(f'{element} "{text}" can not have more than one wildcard.')
    for name in rule.exposed:
        if "*" in name:
            raise invalid_request(
                f'ExposeHeader "{name}" contains wildcard. We currently do not support wildcard '
                "for ExposeHeader."
            )
        if not TOKEN.fullmatch(name):
            raise invalid_request(f'ExposeHeader "{name}" is no name of a header.')
    return rule
