"""Signature Version 2 of S3, which boto3 still puts into presigned URLs by default.

See Amazon S3 User Guide, "Signing and authenticating REST requests (AWS signature version
2)". It signs neither the host nor most of the query, so everything in the query that
selects an operation is signed, also what is younger than the specification's list.
"""

import base64
import hmac
from urllib.parse import unquote_to_bytes

from lenticular.apis.aws.wire.canonical import octets
from lenticular.apis.http import Request

SCHEME = "AWS"

FORM_PARTS = frozenset({"awsaccesskeyid", "policy", "signature"})
"""The fields of a form that carry it."""

_SUBRESOURCES = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "attributes",
        "cors",
        "defaultObjectAcl",
        "delete",
        "encryption",
        "intelligent-tiering",
        "inventory",
        "legal-hold",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "ownershipControls",
        "partNumber",
        "policy",
        "policyStatus",
        "publicAccessBlock",
        "renameObject",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "retention",
        "select",
        "select-type",
        "storageClass",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    }
)


def is_presigned(parameters: dict[str, str]) -> bool:
    """Tell whether a query carries (part of) a Signature Version 2."""
    return "AWSAccessKeyId" in parameters or "Signature" in parameters


def signed_paths(request: Request, bucket: str) -> list[str]:
    """Return the paths, as sent, that a client may have signed; they mean the same.

    `bucket` is the bucket named by the Host header, empty when the path names it. Clients
    sign the path of a bucket with a final slash even where they send none.
    """
    path = f"/{bucket}{request.raw_path}" if bucket else request.raw_path
    return [path] if "/" in path[1:] else [path, f"{path}/"]


def string_to_sign(request: Request, date: str, path: str) -> bytes:
    """Return the text whose HMAC is the signature.

    `date` is the Date header (empty beside an ``x-amz-date``) or, of a presigned request,
    its Expires.
    """
    digest = request.headers.get("content-md5", "").strip()
    kind = request.headers.get("content-type", "").strip()
    head = octets(f"{request.method}\n{digest}\n{kind}\n{date}\n")
    return head + _amz_headers(request) + octets(path) + _subresources(request)


def sign(secret: str, text: bytes) -> str:
    """Return the signature of a string to sign."""
    return base64.b64encode(hmac.digest(secret.encode(), text, "sha1")).decode()


def _amz_headers(request: Request) -> bytes:
    """Return the lines of AWS's own headers; in a query they mean the same as in the head."""
    headers = {
        name.lower(): value.encode()
        for name, value in request.query
        if name.lower().startswith("x-amz-")
    }
    for name, value in request.headers.items():
        if name.startswith("x-amz-"):
            headers[name] = octets(value)
    return b"".join(b"%b:%b\n" % (octets(name), headers[name].strip()) for name in sorted(headers))


def _subresources(request: Request) -> bytes:
    """Return the part of the query that is signed, with decoded values."""
    selected = []
    for part in request.raw_query.split("&"):
        raw_name, equals, raw_value = part.partition("=")
        name = _decode(raw_name)
        if name.decode("latin-1") in _SUBRESOURCES:
            selected.append((name, equals.encode() + _decode(raw_value)))
    query = b"&".join(name + rest for name, rest in sorted(selected))
    return b"?" + query if query else b""


def _decode(text: str) -> bytes:
    return unquote_to_bytes(octets(text.replace("+", " ")))
