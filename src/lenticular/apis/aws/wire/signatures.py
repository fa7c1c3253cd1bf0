"""Who makes a request: verifies the signature in its headers or in its query.

`Verifier.verify` is where every AWS request passes. It takes Signature Version 4 in the
Authorization header and in the query of a presigned URL, and S3's older Version 2 in both
places; an unsigned request is nobody's. The signature is checked before its time, so that
an altered request is refused as altered.
"""

import hmac
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from lenticular.apis.aws.wire import signature2, signature4
from lenticular.apis.aws.wire.canonical import octets, query_pairs
from lenticular.apis.aws.wire.chunks import ChunkSeal
from lenticular.apis.aws.wire.forms import missing_field
from lenticular.apis.aws.wire.payloads import EMPTY_SHA256, Payload, s3_payload
from lenticular.apis.aws.wire.posts import FormFile
from lenticular.apis.aws.wire.refusals import S3, refusals_for
from lenticular.apis.aws.wire.refusals.contract import (
    ALGORITHM,
    MAX_EXPIRES,
    MAX_SKEW,
    Refusals,
)
from lenticular.apis.aws.wire.signature4 import FORM_PARTS, Presented
from lenticular.apis.http import Body, BufferedBody, Request
from lenticular.primitives.principals import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key, and who signs with it."""

    access_key_id: str
    secret: str
    principal: Principal
    session_token: str | None = None
    """What must come as ``X-Amz-Security-Token``; None for a key that is not of a session."""
    expires: float = math.inf
    """When the session is over, in seconds since the epoch."""


Lookup = Callable[[str], Awaitable[Credential | None]]
"""Finds the credential of an access key id; None when there is none that may sign."""


@dataclass(slots=True)
class Authenticated:
    """A request whose signature holds, or which has none."""

    principal: Principal
    """`ANONYMOUS` for an unsigned request."""
    body: Body
    """To be read in place of the request's own. For S3 a `Payload`, which checks what the
    client says of the bytes while they stream; for other services verified already."""
    region: str | None = None
    """The region of the credential scope; None without one."""
    service: str | None = None
    """The service of the credential scope; None for an unsigned request."""
    signed_headers: tuple[str, ...] = ()
    """The lower-case names of the headers under the signature (Version 4)."""
    presigned: bool = False
    """The signature stood in the query."""


class Verifier:
    """Verifies requests against the access keys of one cloud."""

    def __init__(
        self,
        lookup: Lookup,
        *,
        clock: Callable[[], float] = time.time,
        buffer_limit: int = 64 * 1024 * 1024,
        bucket_of: Callable[[Request], str] = lambda request: "",
    ) -> None:
        """Verify with the keys that `lookup` finds.

        `buffer_limit` is the largest body in bytes of a service that is not S3: its hash
        is under the signature. `bucket_of` names the bucket in a request's Host header
        (empty when the path names it): Signature Version 2 signs it.
        """
        self._lookup = lookup
        self._clock = clock
        self._buffer_limit = buffer_limit
        self._bucket_of = bucket_of
        self._signing_key = lru_cache(maxsize=4096)(signature4.signing_key)
        # A copy of a keyed hash is quicker than a new one, and does not give the interpreter
        # lock away, which under load takes longer to get back than the hash takes.
        self._keyed = lru_cache(maxsize=4096)(_keyed)

    async def verify(self, request: Request, service: str | None = None) -> Authenticated:
        """Return who makes a request, and its body to be read instead of the request's.

        `service` is where an unsigned request was routed to, if that is known. Raises
        `AwsError` in the words of the service; `BodyTooLarge` or `BodyTruncated` where the
        body has to be read first.
        """
        authorization = request.headers.get("authorization")
        pairs = query_pairs(request.raw_query)
        parameters = dict(reversed(pairs))
        if signature4.is_presigned(parameters) or signature2.is_presigned(parameters):
            if authorization:
                raise refusals_for(request, service).two_signatures(authorization)
            if not signature4.is_presigned(parameters):
                return await self._verify_link(request)
            scope = signature4.parse_scope(parameters.get("X-Amz-Credential"), encoded=True)
            refusals = refusals_for(request, scope.service if scope else service)
            presented = signature4.read_query(parameters, scope, pairs, refusals)
            return await self._verify(request, presented, parameters, refusals)
        if not authorization:
            is_s3 = refusals_for(request, service) is S3
            return Authenticated(ANONYMOUS, _unsigned_body(request) if is_s3 else request.body)
        scheme = authorization.partition(" ")[0]
        if scheme == ALGORITHM:
            parts = signature4.header_parts(authorization)
            scope = signature4.parse_scope(parts.get("Credential"))
            refusals = refusals_for(request, scope.service if scope else service)
            presented = signature4.read_header(request, parts, scope, pairs, refusals)
            return await self._verify(request, presented, parameters, refusals)
        refusals = refusals_for(request, service)
        if scheme == signature2.SCHEME and refusals is S3:
            return await self._verify_legacy_header(request, authorization)
        raise refusals.unsupported(authorization)

    async def verify_form(self, form: FormFile) -> Authenticated:
        """Return who let a form be posted to S3: whoever signed the policy in its fields.

        A form without a policy is nobody's. Raises `AwsError` in the words of S3. What the
        policy says is not looked at.
        """
        if not FORM_PARTS.isdisjoint(form.fields):
            return await self._verify_signed_form(form)
        if not signature2.FORM_PARTS.isdisjoint(form.fields):
            return await self._verify_legacy_form(form)
        return Authenticated(ANONYMOUS, form)

    async def _verify_signed_form(self, form: FormFile) -> Authenticated:
        """Verify Signature Version 4 in the fields of a form."""
        presented = signature4.read_form(form.fields, S3)
        scope, policy = presented.scope, octets(form.fields["policy"])
        credential = await self._find(scope.access_key_id, presented.token, S3)
        key = self._signing_key(credential.secret, scope.date, scope.region, scope.service)
        expected = hmac.digest(key, policy, "sha256").hex()
        if not hmac.compare_digest(expected.encode(), octets(presented.signature)):
            raise S3.mismatch(scope.access_key_id, presented.signature, policy, None)
        now = self._clock()
        if not -MAX_SKEW <= now - presented.signed_at < MAX_EXPIRES:
            raise S3.expired(presented.signed_at, MAX_EXPIRES, now)
        self._check_session(credential, S3)
        return Authenticated(credential.principal, form, scope.region, scope.service)

    async def _verify_legacy_form(self, form: FormFile) -> Authenticated:
        """Verify Signature Version 2 in the fields of a form."""
        for name in ("policy", "awsaccesskeyid", "signature"):
            if not form.fields.get(name):
                raise missing_field("AWSAccessKeyId" if name == "awsaccesskeyid" else name)
        access_key_id, policy = form.fields["awsaccesskeyid"], octets(form.fields["policy"])
        credential = await self._find(access_key_id, form.fields.get("x-amz-security-token"), S3)
        signature, expected = form.fields["signature"], signature2.sign(credential.secret, policy)
        if not hmac.compare_digest(expected.encode(), octets(signature)):
            raise S3.mismatch(access_key_id, signature, policy, None)
        self._check_session(credential, S3)
        return Authenticated(credential.principal, form, service="s3")

    async def _verify(
        self,
        request: Request,
        presented: Presented,
        parameters: dict[str, str],
        refusals: Refusals,
    ) -> Authenticated:
        scope = presented.scope
        unsigned = signature4.unsigned_headers(request, presented.signed_headers)
        if unsigned:
            raise refusals.unsigned_headers(unsigned)
        credential = await self._find(scope.access_key_id, presented.token, refusals)
        body = request.body
        if refusals is S3:
            payload_hash = signature4.content_sha256(request, parameters, presented)
        else:
            body, payload_hash = await self._hashed_body(request)
        canonical = signature4.canonical_request(request, presented, payload_hash, refusals)
        text = signature4.string_to_sign(presented, canonical)
        key = self._signing_key(credential.secret, scope.date, scope.region, scope.service)
        keyed = self._keyed(key).copy()
        keyed.update(text)
        signature = keyed.hexdigest()
        if not hmac.compare_digest(signature.encode(), octets(presented.signature)):
            raise refusals.mismatch(scope.access_key_id, presented.signature, text, canonical)
        self._check_time(presented, refusals)
        self._check_session(credential, refusals)
        if refusals is S3:
            mode = request.headers.get("x-amz-content-sha256", payload_hash)
            streaming = mode.startswith("STREAMING-")
            seal = ChunkSeal(key, presented.timestamp, scope.text, signature) if streaming else None
            body = s3_payload(request, mode, seal)
        return Authenticated(
            credential.principal,
            body,
            scope.region,
            scope.service,
            presented.signed_headers,
            presented.expires is not None,
        )

    async def _verify_link(self, request: Request) -> Authenticated:
        """Verify Signature Version 2 in a query."""
        parameters = request.parameters
        access_key_id = parameters.get("AWSAccessKeyId")
        signature = parameters.get("Signature")
        expires = parameters.get("Expires")
        if not (access_key_id and signature and expires):
            raise S3.incomplete_link()
        if not (expires.isascii() and expires.isdecimal()) or len(expires) > 18:
            raise S3.invalid_link_date(expires)
        token = parameters.get("x-amz-security-token")
        found = await self._verify_legacy(request, access_key_id, signature, expires, token)
        now = self._clock()
        if now >= int(expires):
            raise S3.expired_link(int(expires), now)
        found.presigned = True
        return found

    async def _verify_legacy_header(self, request: Request, authorization: str) -> Authenticated:
        """Verify Signature Version 2 in the Authorization header."""
        access_key_id, colon, signature = authorization[len(signature2.SCHEME) :].partition(":")
        if not colon:
            raise S3.unsupported(authorization)
        sent = request.headers.get("x-amz-date")
        date = request.headers.get("date", "") if sent is None else ""
        signed_at, _ = signature4.parse_time(date if sent is None else sent)
        if signed_at is None:
            raise S3.invalid_date(presigned=False)
        now = self._clock()
        if abs(now - signed_at) > MAX_SKEW:
            raise S3.skewed(signed_at, sent or date, now)
        return await self._verify_legacy(request, access_key_id.strip(), signature, date, None)

    async def _verify_legacy(
        self, request: Request, access_key_id: str, signature: str, date: str, token: str | None
    ) -> Authenticated:
        token = token or request.headers.get("x-amz-security-token")
        credential = await self._find(access_key_id, token, S3)
        paths = signature2.signed_paths(request, self._bucket_of(request))
        texts = [signature2.string_to_sign(request, date, path) for path in paths]
        expected = [signature2.sign(credential.secret, text).encode() for text in texts]
        if not any(hmac.compare_digest(each, octets(signature)) for each in expected):
            raise S3.mismatch(access_key_id, signature, texts[0], None)
        self._check_session(credential, S3)
        return Authenticated(credential.principal, _unsigned_body(request), service="s3")

    async def _find(self, access_key_id: str, token: str | None, refusals: Refusals) -> Credential:
        credential = await self._lookup(access_key_id)
        if credential is None:
            raise refusals.unknown_key(access_key_id)
        expected = credential.session_token or ""
        if not hmac.compare_digest(octets(token or ""), octets(expected)):
            raise refusals.invalid_token(access_key_id, token)
        return credential

    def _check_session(self, credential: Credential, refusals: Refusals) -> None:
        if self._clock() >= credential.expires:
            raise refusals.expired_token(credential.session_token or "")

    async def _hashed_body(self, request: Request) -> tuple[Body, str]:
        if request.body.size == 0:
            return request.body, EMPTY_SHA256
        data = await request.body.read(self._buffer_limit)
        return BufferedBody(data), sha256(data).hexdigest()

    def _check_time(self, presented: Presented, refusals: Refusals) -> None:
        now = self._clock()
        age = now - presented.signed_at
        if presented.expires is None:
            if abs(age) > MAX_SKEW:
                raise refusals.skewed(presented.signed_at, presented.timestamp, now)
        elif age < -MAX_SKEW or age >= presented.expires or presented.expires == 0:
            raise refusals.expired(presented.signed_at, presented.expires, now)


def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def _unsigned_body(request: Request) -> Payload:
    return s3_payload(request, request.headers.get("x-amz-content-sha256"), None)
