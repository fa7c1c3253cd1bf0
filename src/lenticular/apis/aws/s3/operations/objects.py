"""Objects: putting, reading and describing them."""

from typing import Any

from lenticular.apis.aws.s3 import checksums
from lenticular.apis.aws.s3.conditions import read_conditions, write_conditions
from lenticular.apis.aws.s3.dates import from_milliseconds, http_date
from lenticular.apis.aws.s3.encryption import (
    Encrypting,
    encryption_headers,
    refuse_method,
    tell,
)
from lenticular.apis.aws.s3.errors import (
    MAX_PUT_SIZE,
    entity_too_large,
    invalid_argument,
    invalid_request,
    no_such_torrent,
)
from lenticular.apis.aws.s3.expiries import Expiries
from lenticular.apis.aws.s3.headers import (
    Headers,
    object_headers,
    response_overrides,
    version_headers,
)
from lenticular.apis.aws.s3.locks import lock_headers
from lenticular.apis.aws.s3.ranges import read_range
from lenticular.apis.aws.s3.uploading import Uploading
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.contents import PartInfo
from lenticular.primitives.objects import (
    NULL_VERSION,
    UNVERSIONED,
    Found,
    ObjectStorage,
    Version,
)
from lenticular.primitives.objects.customerkeys import require_key
from lenticular.primitives.objects.errors import CustomerKeyMissing, NotModified, PartNumberMissing
from lenticular.primitives.objects.lifecycle.rules import LIFECYCLE
from lenticular.primitives.objects.rights import visible_lock

MAX_PARTS = 10_000
_MAX_PARTS_SHOWN = 1000
_ATTRIBUTES = frozenset({"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"})
_OF_BYTES = frozenset({"Checksum", "ObjectParts"})
"""Attributes with checksums: for them one must be allowed to decrypt."""


class ObjectOperations:
    """Objects as such."""

    def __init__(
        self, storage: ObjectStorage, uploading: Uploading, encrypting: Encrypting
    ) -> None:
        self._objects = storage.objects
        self._uploading = uploading
        self._expiries = Expiries(storage)
        self._encrypting = encrypting

    async def put_object(self, call: Call, params: Params) -> Response:
        """Store an object. API reference: PutObject."""
        payload = checksums.payload_of(params)
        if payload.size is not None and payload.size > MAX_PUT_SIZE:
            raise entity_too_large(payload.size)
        wanted = await self._encrypting.wanted(call, params)
        stored = await self._objects.put(
            call.principal,
            params["Bucket"],
            params["Key"],
            payload.source,
            await self._uploading.attributes(call, params),
            size=payload.size,
            waits="expect" in call.request.headers,
            digests=payload.algorithms,
            keep=(payload.checksum_algorithm or checksums.DEFAULT,),
            check=payload.check,
            when=write_conditions(params),
            wanted=wanted,
        )
        version = stored.version
        tell(call, version.encryption)
        headers = [("etag", f'"{version.etag}"'), *version_headers(version)]
        headers += checksums.headers(version.checksums, version.checksum_type)
        if LIFECYCLE.name in stored.bucket.settings:
            headers += await self._expiration(params, version)
        return Response(200, headers)

    async def get_object(self, call: Call, params: Params) -> Response:
        """Return an object or a range of it. API reference: GetObject."""
        return await self._answer(call, params, has_body=True)

    async def head_object(self, call: Call, params: Params) -> Response:
        """Return what GetObject would, without the bytes. API reference: HeadObject."""
        return await self._answer(call, params, has_body=False)

    async def get_object_torrent(self, call: Call, params: Params) -> Result:
        """Find no torrent: S3 makes none any more. API reference: GetObjectTorrent."""
        bucket, key = params["Bucket"], params["Key"]
        await self._objects.get(
            call.principal, bucket, key, load=False, action="s3:GetObjectTorrent"
        )
        raise no_such_torrent(key)

    async def _answer(self, call: Call, params: Params, *, has_body: bool) -> Response:
        request = call.request
        refuse_method(request.headers)
        customer_key = self._encrypting.customer_key(request)
        overrides = response_overrides(request.parameters) if request.raw_query else {}
        if overrides and call.principal.is_anonymous:
            raise invalid_request(
                "Request specific response headers cannot be used for anonymous GET requests."
            )
        try:
            found = await self._objects.get(
                call.principal,
                params["Bucket"],
                params["Key"],
                params.get("VersionId"),
                when=read_conditions(params),
                load=has_body,
                customer_key=customer_key,
            )
        except NotModified as error:
            return _not_modified(error)
        except CustomerKeyMissing:
            await self._check_part(call, params)
            raise
        version = found.version
        if not has_body:
            require_key(version.encryption, customer_key)
        headers = object_headers(found.bucket, version, overrides)
        headers += encryption_headers(version.encryption)
        headers += lock_headers(
            visible_lock(call.principal, found.bucket, found.key, found.version)
        )
        if LIFECYCLE.name in found.bucket.settings and "VersionId" not in params:
            headers += await self._expiration(params, version)
        shows_checksums = params.get("ChecksumMode") is not None
        if shows_checksums and found.data_key is None:
            await self._objects.data_keys.require_use(call.principal, version.encryption)
        status, start, length = 200, 0, version.size
        if "PartNumber" in params:
            status = 206
            start, length = await self._part(found, params, headers, shows_checksums)
        elif "Range" in params and (asked := read_range(params["Range"], version.size)):
            status = 206
            start, length = asked
        elif shows_checksums:
            headers += checksums.headers(
                version.checksums, version.checksum_type, version.part_count
            )
        headers.append(("content-length", str(length)))
        if status == 206 and version.size:
            headers.append(("content-range", f"bytes {start}-{start + length - 1}/{version.size}"))
        if not has_body:
            return Response(status, headers)
        if found.data is None:
            return Response(status, headers, self._objects.read(found, start, length))
        data = found.data if length == version.size else found.data[start : start + length]
        return Response(status, headers, data)

    async def _check_part(self, call: Call, params: Params) -> None:
        """Raise `PartNumberMissing` for a part that is not there: told without any key."""
        if "PartNumber" in params:
            found = await self._objects.get(
                call.principal,
                params["Bucket"],
                params["Key"],
                params.get("VersionId"),
                load=False,
            )
            await self._part(found, params, [], shows_checksums=False)

    async def _expiration(self, params: Params, version: Version) -> Headers:
        """Return the header that tells when a current version expires, if it does."""
        told = await self._expiries.of_version(params["Bucket"], params["Key"], version)
        return [] if told is None else [("x-amz-expiration", told)]

    async def _part(
        self, found: Found, params: Params, headers: Headers, shows_checksums: bool
    ) -> tuple[int, int]:
        """Return start and length of the part that is asked for, adding what tells of it."""
        number = params["PartNumber"]
        if "Range" in params:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        check_part_number(number)
        version = found.version
        parts = await self._objects.parts(found) if version.part_count else []
        if number > max(len(parts), 1):
            raise PartNumberMissing(number, max(len(parts), 1))
        if not parts:
            if shows_checksums:
                headers += checksums.headers(version.checksums, version.checksum_type)
            return 0, version.size
        headers.append(("x-amz-mp-parts-count", str(len(parts))))
        part = parts[number - 1]
        if shows_checksums:
            headers += checksums.headers(part.checksums, version.checksum_type)
        return sum(before.size for before in parts[: number - 1]), part.size

    async def get_object_attributes(self, call: Call, params: Params) -> Result:
        """Return what is asked for of an object's attributes. API: GetObjectAttributes."""
        wanted = set(params.get("ObjectAttributes", ()))
        if not wanted or not wanted <= _ATTRIBUTES:
            raise invalid_argument(
                "Invalid attribute name specified.",
                "x-amz-object-attributes",
                ",".join(sorted(wanted)),
            )
        found = await self._objects.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            load=False,
            action="s3:GetObjectAttributes",
        )
        version = found.version
        require_key(version.encryption, self._encrypting.customer_key(call.request))
        if wanted & _OF_BYTES:
            await self._objects.data_keys.require_use(call.principal, version.encryption)
        result: Result = {"LastModified": from_milliseconds(version.modified)}
        if found.bucket.versioning != UNVERSIONED:
            result["VersionId"] = version.version_id
        if "ETag" in wanted:
            result["ETag"] = version.etag
        if "Checksum" in wanted and version.checksums:
            result["Checksum"] = checksums.members(
                version.checksums, version.checksum_type, version.part_count
            )
        if "ObjectParts" in wanted and version.part_count:
            result["ObjectParts"] = _object_parts(await self._objects.parts(found), params)
        if "StorageClass" in wanted:
            result["StorageClass"] = version.storage_class
        if "ObjectSize" in wanted:
            result["ObjectSize"] = version.size
        return result


def check_part_number(number: int) -> None:
    """Raise InvalidArgument for a number that no part can have."""
    if not 1 <= number <= MAX_PARTS:
        raise invalid_argument(
            f"Part number must be an integer between 1 and {MAX_PARTS}, inclusive",
            "partNumber",
            number,
        )


def _not_modified(error: NotModified) -> Response:
    headers = [
        ("etag", f'"{error.etag}"'),
        ("last-modified", http_date(error.modified // 1000)),
    ]
    if error.version_id is not None and error.version_id != NULL_VERSION:
        headers.append(("x-amz-version-id", error.version_id))
    return Response(304, headers)


def _object_parts(parts: list[PartInfo], params: Params) -> dict[str, Any]:
    """Return a page of an object's parts."""
    limit = min(params.get("MaxParts", _MAX_PARTS_SHOWN), _MAX_PARTS_SHOWN)
    marker = params.get("PartNumberMarker", 0)
    for name, value in (("x-amz-max-parts", limit), ("x-amz-part-number-marker", marker)):
        if value < 0:
            raise invalid_argument(f"Argument {name} must be a non-negative integer", name, value)
    # Parts of an object are numbered anew from 1, whatever the numbers they were uploaded by.
    shown = parts[marker : marker + limit]
    return {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": marker,
        "NextPartNumberMarker": marker + len(shown),
        "MaxParts": limit,
        "IsTruncated": marker + limit < len(parts),
        "Parts": [
            {"PartNumber": number, "Size": part.size, **checksums.members(part.checksums)}
            for number, part in enumerate(shown, marker + 1)
        ],
    }
