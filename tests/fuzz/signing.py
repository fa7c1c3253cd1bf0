"""Requests before they are bytes, and signatures that hold whatever stands in them.

The canonical forms are the server's own: what is tried here comes behind the signature.
"""

import base64
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from hashlib import sha256

from lenticular.apis.aws.wire import canonical, signature2, signature4
from lenticular.apis.http import Request

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = b"UNSIGNED-PAYLOAD"
REGION = "us-east-1"
_NOTHING = sha256().hexdigest()

Headers = list[tuple[bytes, bytes]]


@dataclass
class Identity:
    """Who signs."""

    name: str
    access_key_id: str
    secret: str
    account_id: str


@dataclass
class Draft:
    """A request of which anything can still be changed."""

    method: str
    path: bytes
    """As sent, percent-encoded."""
    query: list[bytes] = field(default_factory=list)
    """Its items as sent."""
    headers: Headers = field(default_factory=list)
    """Without Host, Content-Length and what a signature adds."""
    body: bytes = b""
    host: bytes = b""

    @property
    def raw_query(self) -> bytes:
        return b"&".join(self.query)

    def request(self) -> Request:
        """Return it as the server will see it, but for its body."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in [(b"host", self.host), *self.headers]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        path = self.path.decode("latin-1")
        query = self.raw_query.decode("latin-1")
        return Request("", self.method, path, path, query, headers)

    def head(self, *, length: bool = True) -> bytes:
        """Return the bytes of its head."""
        target = self.path + (b"?" + self.raw_query if self.query else b"")
        lines = [b"%b %b HTTP/1.1" % (self.method.encode(), target), b"Host: " + self.host]
        lines += [b"%b: %b" % each for each in self.headers]
        if length and (self.body or self.method in {"PUT", "POST"}):
            lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n"


@dataclass
class Seal:
    """What the chunks of a body are signed with, one after the other."""

    key: bytes
    timestamp: str
    scope: str
    signature: str

    def chunk(self, data: bytes) -> bytes:
        """Return the signature of the next chunk."""
        text = f"{ALGORITHM}-PAYLOAD\n{self.timestamp}\n{self.scope}\n{self.signature}\n"
        return self._next(f"{text}{_NOTHING}\n{sha256(data).hexdigest()}")

    def trailer(self, lines: bytes) -> bytes:
        """Return the signature of the trailers, ``name:value\\n`` each."""
        text = f"{ALGORITHM}-TRAILER\n{self.timestamp}\n{self.scope}\n{self.signature}\n"
        return self._next(f"{text}{sha256(lines).hexdigest()}")

    def _next(self, text: str) -> bytes:
        self.signature = hmac.digest(self.key, text.encode(), "sha256").hex()
        return self.signature.encode()


def sign_header(draft: Draft, identity: Identity, payload: bytes) -> Seal:
    """Sign with Signature Version 4 in the Authorization header.

    `payload` is the value of ``x-amz-content-sha256``.
    """
    timestamp, scope, key = _scope(identity)
    draft.headers += [
        (b"x-amz-date", timestamp.encode()),
        (b"x-amz-content-sha256", payload),
    ]
    signature, names = _signature(draft, key, timestamp, scope, payload.decode("latin-1"))
    value = (
        f"{ALGORITHM} Credential={identity.access_key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    draft.headers.append((b"Authorization", value.encode("latin-1")))
    return Seal(key, timestamp, scope, signature)


def sign_query(draft: Draft, identity: Identity, expires: int = 900) -> None:
    """Sign with Signature Version 4 in the query."""
    timestamp, scope, key = _scope(identity)
    names = ";".join(_signed_names(draft.request()))
    credential = f"{identity.access_key_id}/{scope}".replace("/", "%2F")
    parts = {
        "Algorithm": ALGORITHM,
        "Credential": credential,
        "Date": timestamp,
        "Expires": str(expires),
        "SignedHeaders": names.replace(";", "%3B"),
    }
    draft.query += [f"X-Amz-{name}={value}".encode("latin-1") for name, value in parts.items()]
    signature, _ = _signature(draft, key, timestamp, scope, UNSIGNED.decode())
    draft.query.append(f"X-Amz-Signature={signature}".encode())


def sign_legacy_header(draft: Draft, identity: Identity, bucket_in_host: str) -> None:
    """Sign with Signature Version 2 in the Authorization header."""
    date = formatdate(usegmt=True)
    draft.headers.append((b"Date", date.encode()))
    request = draft.request()
    path = signature2.signed_paths(request, bucket_in_host)[0]
    signed = "" if "x-amz-date" in request.headers else date
    text = signature2.string_to_sign(request, signed, path)
    signature = signature2.sign(identity.secret, text)
    draft.headers.append((b"Authorization", f"AWS {identity.access_key_id}:{signature}".encode()))


def sign_legacy_query(draft: Draft, identity: Identity, bucket_in_host: str) -> None:
    """Sign with Signature Version 2 in the query."""
    expires = str(int(datetime.now(UTC).timestamp()) + 900)
    request = draft.request()
    path = signature2.signed_paths(request, bucket_in_host)[0]
    text = signature2.string_to_sign(request, expires, path)
    signature = signature2.sign(identity.secret, text).replace("+", "%2B").replace("=", "%3D")
    values = {
        "AWSAccessKeyId": identity.access_key_id,
        "Signature": signature.replace("/", "%2F"),
        "Expires": expires,
    }
    draft.query += [f"{name}={value}".encode() for name, value in values.items()]


def sign_form(policy: bytes, identity: Identity) -> dict[str, bytes]:
    """Return the fields of a form that sign its policy."""
    timestamp, scope, key = _scope(identity)
    text = base64.b64encode(policy)
    return {
        "policy": text,
        "x-amz-algorithm": ALGORITHM.encode(),
        "x-amz-credential": f"{identity.access_key_id}/{scope}".encode(),
        "x-amz-date": timestamp.encode(),
        "x-amz-signature": hmac.digest(key, text, "sha256").hex().encode(),
    }


def _scope(identity: Identity) -> tuple[str, str, bytes]:
    timestamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{timestamp[:8]}/{REGION}/s3/aws4_request"
    return timestamp, scope, signature4.signing_key(identity.secret, timestamp[:8], REGION, "s3")


def _signed_names(request: Request) -> list[str]:
    return sorted(name for name in request.headers if name == "host" or name.startswith("x-amz-"))


def _signature(
    draft: Draft, key: bytes, timestamp: str, scope: str, payload: str
) -> tuple[str, str]:
    request = draft.request()
    names = _signed_names(request)
    query = canonical.canonical_query(canonical.query_pairs(request.raw_query))
    text = (
        f"{request.method}\n{canonical.object_path(request.raw_path)}\n{query}\n"
        f"{canonical.canonical_headers(request.headers, names)}\n{';'.join(names)}\n{payload}"
    )
    digest = sha256(text.encode("latin-1")).hexdigest()
    signed = f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}"
    return hmac.digest(key, signed.encode("latin-1"), "sha256").hex(), ";".join(names)
