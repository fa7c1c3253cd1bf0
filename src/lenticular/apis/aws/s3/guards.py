"""What every request is asked before its operation runs.

What is not built is refused by name, never ignored; a key and a version id must be
possible ones; and whoever names the account that is to own the bucket is taken at its word.
"""

import functools
import re
from collections.abc import Mapping

from lenticular.apis.aws.s3.conditionkeys import condition_keys
from lenticular.apis.aws.s3.errors import access_denied, invalid_argument, not_implemented
from lenticular.apis.aws.s3.names import MAX_KEY_SIZE, key_size
from lenticular.apis.aws.s3.requesters import PAYER, is_charged, told
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Handler, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import NULL_VERSION, Buckets

_LOCK = "x-amz-object-lock"
UNBUILT_HEADERS = frozenset(
    {
        f"{_LOCK}-event-hold",
        f"{_LOCK}-event-hold-duration-days",
        f"{_LOCK}-event-hold-duration-years",
        "x-amz-write-offset-bytes",
    }
)
"""Locks that wait for an event, and appending: not built yet."""

_EXPECTED_OWNER = "x-amz-expected-bucket-owner"
_SOURCE_OWNER = "x-amz-source-expected-bucket-owner"
_VERSION_ID = re.compile(r"[0-9a-f]{32}")


def guarded(handler: Handler, buckets: Buckets) -> Handler:
    """Return an operation that begins with these questions."""

    @functools.wraps(handler)
    async def checked(call: Call, params: Params) -> Result | Response | bytes:
        headers = call.request.headers
        principal = call.principal
        call.principal = principal.under(
            principal.circumstances.having(condition_keys(call, params))
        )
        if not UNBUILT_HEADERS.isdisjoint(headers):
            refuse_unbuilt(headers)
        if "Key" in params:
            check_key(params["Key"])
        if "VersionId" in params:
            check_version_id(params["VersionId"])
        if _EXPECTED_OWNER in headers and "Bucket" in params:
            await check_owner(buckets, params["Bucket"], headers[_EXPECTED_OWNER])
        result = await handler(call, params)
        if PAYER in headers and await is_charged(buckets, call, params):
            return told(result)
        return result

    return checked


def refuse_unbuilt(headers: Mapping[str, str]) -> None:
    """Raise NotImplemented for a header that asks for what is not built."""
    for name in sorted(UNBUILT_HEADERS.intersection(headers)):
        if headers[name].strip().lower() != "false":  # a thing switched off is as good as absent
            raise not_implemented(name)


def check_key(key: str) -> None:
    """Raise KeyTooLongError for a key that is."""
    size = key_size(key)
    if size > MAX_KEY_SIZE:
        raise AwsError(
            "KeyTooLongError",
            "Your key is too long",
            fields={"Size": size, "MaxSizeAllowed": MAX_KEY_SIZE},
        )


def check_version_id(version_id: str, name: str = "versionId") -> None:
    """Raise InvalidArgument for what cannot be a version's id; `name` is the parameter's."""
    if not version_id:
        raise invalid_argument("Version id cannot be the empty string", name, version_id)
    if version_id != NULL_VERSION and not _VERSION_ID.fullmatch(version_id):
        raise invalid_argument("Invalid version id specified", name, version_id)


async def check_source_owner(buckets: Buckets, bucket: str, headers: Mapping[str, str]) -> None:
    """Hold a copy's source bucket against the owner that the request expects of it."""
    expected = headers.get(_SOURCE_OWNER)
    if expected is not None:
        await check_owner(buckets, bucket, expected)


async def check_owner(buckets: Buckets, bucket: str, expected: str) -> None:
    """Raise AccessDenied unless the bucket belongs to the account that is expected."""
    if (await buckets.find(bucket)).account_id != expected:
        raise access_denied()
