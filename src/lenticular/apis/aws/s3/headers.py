"""An object's headers: what a writer says of it, kept, and how a reader is told.

System headers are kept as they were given. User metadata is text: what is not ASCII is
taken as UTF-8 or as RFC 2047 encoded words, and goes out as encoded words (Amazon S3 User
Guide, "Working with object metadata").
"""

import binascii
import re
from base64 import b64encode
from collections.abc import Mapping
from email.header import decode_header
from typing import Any

from lenticular.apis.aws.s3.dates import http_date
from lenticular.apis.aws.s3.errors import invalid_argument
from lenticular.apis.aws.s3.expiries import restore_header
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.payloads import stored_encoding
from lenticular.primitives.objects import Bucket, Version
from lenticular.primitives.objects.records import UNVERSIONED

Headers = list[tuple[str, str]]

MAX_METADATA_SIZE = 2048
"""Most bytes of user metadata, names (without prefix) and values together."""

DEFAULT_CONTENT_TYPE = "binary/octet-stream"

STANDARD = "STANDARD"
STORAGE_CLASSES = frozenset(
    {
        STANDARD,
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
    }
)

_SYSTEM = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
)
_OVERRIDES = {
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
    "response-content-language": "content-language",
    "response-content-type": "content-type",
    "response-expires": "expires",
}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
REDIRECT = "x-amz-website-redirect-location"


def system_headers(request: Mapping[str, str]) -> dict[str, str]:
    """Return what a request's headers say of the object that it brings, by lower-case name.

    Raises InvalidRedirectLocation for a website redirect that is neither a path nor a URL,
    and InvalidArgument for what no header can say.
    """
    kept = {name: _sendable(name, request[name]) for name in _SYSTEM if request.get(name)}
    if "content-encoding" in kept:
        encoding = stored_encoding(kept.pop("content-encoding"))
        if encoding:
            kept["content-encoding"] = encoding
    redirect = kept.get(REDIRECT)
    if redirect is not None and not redirect.startswith(("/", "http://", "https://")):
        raise AwsError(
            "InvalidRedirectLocation",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        )
    return kept


def user_metadata(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return user metadata as text, by lower-case name.

    Raises MetadataTooLarge, and InvalidArgument for what cannot be a header's name.
    """
    if not given:
        return {}
    for name in given:
        if not _NAME.fullmatch(name):
            raise invalid_argument("Metadata name is no header's name.", "x-amz-meta-", name)
    metadata = {name.lower(): _decoded(value) for name, value in given.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
    if size > MAX_METADATA_SIZE:
        raise AwsError(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
            fields={"Size": size, "MaxSizeAllowed": MAX_METADATA_SIZE},
        )
    return metadata


def storage_class(params: Mapping[str, Any]) -> str:
    """Return the storage class that is asked for. Raises InvalidStorageClass."""
    name = params.get("StorageClass")
    if not name:
        return STANDARD
    if name not in STORAGE_CLASSES:
        raise AwsError(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            fields={"StorageClassRequested": name},
        )
    return str(name)


def object_headers(bucket: Bucket, version: Version, overrides: Mapping[str, str]) -> Headers:
    """Return the headers that tell of an object, without its length and range.

    `overrides` are header values by name that this one answer has instead of the stored.
    """
    stored: Mapping[str, str] = version.headers
    if overrides:
        stored = {**stored, **overrides}
    headers = [
        ("last-modified", http_date(version.modified // 1000)),
        ("etag", f'"{version.etag}"'),
        ("accept-ranges", "bytes"),
        *stored.items(),
    ]
    if "content-type" not in stored:
        headers.append(("content-type", DEFAULT_CONTENT_TYPE))
    if bucket.versioning != UNVERSIONED:
        headers.append(("x-amz-version-id", version.version_id))
    if version.metadata:
        headers += [
            (f"x-amz-meta-{name}", _encoded(value)) for name, value in version.metadata.items()
        ]
    if version.storage_class != STANDARD:
        headers.append(("x-amz-storage-class", version.storage_class))
    if (restore := restore_header(version)) is not None:
        headers.append(("x-amz-restore", restore))
    if version.tags:
        headers.append(("x-amz-tagging-count", str(len(version.tags))))
    return headers


def response_overrides(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that the query asks to be answered instead of those stored.

    Raises InvalidArgument for what no header can say.
    """
    return {
        header: _sendable(name, parameters[name])
        for name, header in _OVERRIDES.items()
        if parameters.get(name)
    }


def version_headers(version: Version) -> Headers:
    """Return the headers that tell of a version just made; none where none is named."""
    return [] if version.is_null else [("x-amz-version-id", version.version_id)]


def _sendable(name: str, value: str) -> str:
    """Return a header's value. Raises InvalidArgument where it would end the header."""
    if not value.isascii():
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise invalid_argument(
                "Header value cannot be represented using ISO-8859-1.", name, value
            ) from None
    if _UNPRINTABLE.search(value):
        raise invalid_argument("Header value has characters that no header has.", name, value)
    return value


def _decoded(value: str) -> str:
    if not value.isascii():
        # A header's bytes arrive as Latin-1; clients that send more than ASCII mean UTF-8.
        try:
            return value.encode("latin-1").decode()
        except UnicodeError:
            return value
    if "=?" not in value:
        return value
    try:
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "ascii")
            for part, charset in decode_header(value)
        )
    except (UnicodeError, LookupError, binascii.Error, ValueError):
        return value


def _encoded(value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    return f"=?UTF-8?B?{b64encode(value.encode()).decode()}?="
