"""Multipart uploads: an object that comes in parts, in any order."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from lenticular.apis.aws.s3 import checksums
from lenticular.apis.aws.s3.conditions import (
    entity_tags,
    source_conditions,
    write_conditions,
)
from lenticular.apis.aws.s3.dates import from_milliseconds
from lenticular.apis.aws.s3.documents import encoder
from lenticular.apis.aws.s3.encryption import Encrypting, tell
from lenticular.apis.aws.s3.errors import (
    MAX_PUT_SIZE,
    entity_too_large,
    invalid_argument,
    invalid_request,
    malformed_xml,
)
from lenticular.apis.aws.s3.expiries import Expiries
from lenticular.apis.aws.s3.grants import AccessLists
from lenticular.apis.aws.s3.guards import check_source_owner
from lenticular.apis.aws.s3.operations.copies import (
    copy_source,
    source_is_marker,
)
from lenticular.apis.aws.s3.operations.listings import page_size
from lenticular.apis.aws.s3.operations.objects import MAX_PARTS, check_part_number
from lenticular.apis.aws.s3.ranges import copy_range
from lenticular.apis.aws.s3.uploading import Uploading
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import CompletedPart, ObjectStorage, Upload
from lenticular.primitives.objects.errors import VersionIsMarker


class UploadOperations:
    """Multipart uploads."""

    def __init__(
        self,
        storage: ObjectStorage,
        uploading: Uploading,
        access_lists: AccessLists,
        encrypting: Encrypting,
    ) -> None:
        self._buckets = storage.buckets
        self._uploads = storage.uploads
        self._data_keys = storage.data_keys
        self._uploading = uploading
        self._access_lists = access_lists
        self._expiries = Expiries(storage)
        self._encrypting = encrypting

    async def create_multipart_upload(self, call: Call, params: Params) -> Result:
        """Begin an upload. API reference: CreateMultipartUpload."""
        algorithm, kind = checksums.upload_checksum(
            params.get("ChecksumAlgorithm"), params.get("ChecksumType")
        )
        upload = await self._uploads.create(
            call.principal,
            params["Bucket"],
            params["Key"],
            await self._uploading.attributes(call, params),
            algorithm=algorithm,
            checksum_type=kind,
            wanted=await self._encrypting.wanted(call, params),
        )
        tell(call, upload.encryption)
        return {
            "Bucket": params["Bucket"],
            "Key": params["Key"],
            "UploadId": upload.id,
            **(_checksum_of(upload) if params.get("ChecksumAlgorithm") else {}),
            **await self._expiries.of_upload(params["Bucket"], params["Key"], upload),
        }

    async def upload_part(self, call: Call, params: Params) -> Response:
        """Store a part. API reference: UploadPart."""
        number = params["PartNumber"]
        check_part_number(number)
        payload = checksums.payload_of(params)
        if payload.size is not None and payload.size > MAX_PUT_SIZE:
            raise entity_too_large(payload.size)
        bucket, key, upload_id = params["Bucket"], params["Key"], params["UploadId"]
        upload = await self._uploads.get(call.principal, bucket, key, upload_id)
        claimed = payload.checksum_algorithm
        _require_algorithm(upload, claimed)
        part = await self._uploads.put_part(
            call.principal,
            bucket,
            key,
            upload_id,
            number,
            payload.source,
            size=payload.size or 0,
            digests=payload.algorithms,
            keep={upload.checksum_algorithm, claimed or upload.checksum_algorithm},
            check=payload.check,
            customer_key=self._encrypting.customer_key(call.request),
        )
        tell(call, upload.encryption)
        shown = claimed or upload.checksum_algorithm
        headers = [("etag", f'"{part.etag}"')]
        headers += checksums.headers({shown: part.checksums[shown]})
        return Response(200, headers)

    async def upload_part_copy(self, call: Call, params: Params) -> Result:
        """Make a part of (a range of) an object. API reference: UploadPartCopy."""
        check_part_number(params["PartNumber"])
        source = copy_source(params["CopySource"])
        await check_source_owner(self._buckets, source.bucket, call.request.headers)
        asked = params.get("CopySourceRange")
        start, length = copy_range(asked) if asked else (0, None)
        bucket, key, upload_id = params["Bucket"], params["Key"], params["UploadId"]
        upload = await self._uploads.get(call.principal, bucket, key, upload_id)
        try:
            part, original = await self._uploads.copy_part(
                call.principal,
                source,
                bucket,
                key,
                upload_id,
                params["PartNumber"],
                start=start,
                length=length,
                source_when=source_conditions(params),
                customer_key=self._encrypting.customer_key(call.request),
                source_key=self._encrypting.source_key(call.request),
            )
        except VersionIsMarker:
            raise source_is_marker() from None
        except ValueError as error:
            raise AwsError(
                "InvalidRange",
                f"The specified copy range is invalid for the source object size: {error}",
            ) from None
        tell(call, upload.encryption)
        return {
            "CopyPartResult": {
                "ETag": f'"{part.etag}"',
                "LastModified": from_milliseconds(part.modified),
                **checksums.members(part.checksums),
            },
            "CopySourceVersionId": None if original.is_null else original.version_id,
        }

    async def complete_multipart_upload(self, call: Call, params: Params) -> Result:
        """Join the parts into the object. API reference: CompleteMultipartUpload."""
        named = (params.get("MultipartUpload") or {}).get("Parts") or []
        if not 1 <= len(named) <= MAX_PARTS:
            raise malformed_xml()
        parts = _last_of_each([_completed_part(part) for part in named])
        claimed = checksums.claimed_members(params)
        version = await self._uploads.complete(
            call.principal,
            params["Bucket"],
            params["Key"],
            params["UploadId"],
            parts,
            when=write_conditions(params),
            check=lambda digests: checksums.check_whole(claimed, digests, len(parts)),
            size=params.get("MpuObjectSize"),
            customer_key=self._encrypting.customer_key(call.request),
        )
        tell(call, version.encryption)
        request = call.request
        return {
            "Location": f"{request.scheme}://{request.host}{request.raw_path}",
            "Bucket": params["Bucket"],
            "Key": params["Key"],
            "ETag": f'"{version.etag}"',
            "VersionId": None if version.is_null else version.version_id,
            "Expiration": await self._expiries.of_version(params["Bucket"], params["Key"], version),
            **checksums.members(version.checksums, version.checksum_type, version.part_count),
        }

    async def abort_multipart_upload(self, call: Call, params: Params) -> Result:
        """Drop an upload with its parts. API reference: AbortMultipartUpload."""
        await self._uploads.abort(
            call.principal, params["Bucket"], params["Key"], params["UploadId"]
        )
        return {}

    async def list_parts(self, call: Call, params: Params) -> Result:
        """List the parts that an upload has so far. API reference: ListParts."""
        limit = page_size(params, "MaxParts", "max-parts")
        marker = params.get("PartNumberMarker", 0)
        if marker < 0:
            raise invalid_argument(
                f"Argument part-number-marker must be an integer between 0 and {2**31 - 1}",
                "part-number-marker",
                marker,
            )
        page = await self._uploads.list_parts(
            call.principal,
            params["Bucket"],
            params["Key"],
            params["UploadId"],
            after_number=marker,
            limit=limit,
        )
        await self._data_keys.require_use(call.principal, page.upload.encryption)
        owner = await self._access_lists.user(page.upload.owner)
        return {
            "Bucket": params["Bucket"],
            "Key": params["Key"],
            "UploadId": params["UploadId"],
            "PartNumberMarker": marker,
            "NextPartNumberMarker": page.parts[-1][0] if page.parts else 0,
            "MaxParts": limit,
            "IsTruncated": page.truncated,
            "Parts": [
                {
                    "PartNumber": number,
                    "LastModified": from_milliseconds(part.modified),
                    "ETag": f'"{part.etag}"',
                    "Size": part.size,
                    **checksums.members(part.checksums),
                }
                for number, part in page.parts
            ],
            "Initiator": owner,
            "Owner": owner,
            "StorageClass": page.upload.storage_class,
            **_checksum_of(page.upload),
            **await self._expiries.of_upload(params["Bucket"], params["Key"], page.upload),
        }

    async def list_multipart_uploads(self, call: Call, params: Params) -> Result:
        """List a bucket's uploads in progress. API reference: ListMultipartUploads."""
        encode = encoder(params.get("EncodingType"))
        if not params.get("EncodingType"):
            encode = str  # the serialiser escapes
        limit = page_size(params, "MaxUploads", "max-uploads")
        key, upload_id = params.get("KeyMarker") or "", params.get("UploadIdMarker") or ""
        page = await self._uploads.list(
            call.principal,
            params["Bucket"],
            prefix=params.get("Prefix") or "",
            delimiter=params.get("Delimiter") or "",
            behind=(key, upload_id) if key else None,
            limit=limit,
        )
        owners = {
            owner: await self._access_lists.user(owner)
            for owner in {upload.owner for _, upload in page.uploads}
        }
        next_key, next_upload_id = page.last if page.truncated else ("", "")
        delimiter = params.get("Delimiter")
        return {
            "Bucket": params["Bucket"],
            "KeyMarker": encode(key),
            "UploadIdMarker": upload_id if key else "",
            "NextKeyMarker": encode(next_key),
            "NextUploadIdMarker": next_upload_id,
            "Prefix": encode(params.get("Prefix") or ""),
            "Delimiter": encode(delimiter) if delimiter else None,
            "EncodingType": params.get("EncodingType"),
            "MaxUploads": limit,
            "IsTruncated": page.truncated,
            "Uploads": [
                {
                    "Key": encode(name),
                    "UploadId": upload.id,
                    "Initiator": owners[upload.owner],
                    "Owner": owners[upload.owner],
                    "StorageClass": upload.storage_class,
                    "Initiated": from_milliseconds(upload.initiated),
                    **_checksum_of(upload),
                }
                for name, upload in page.uploads
            ],
            "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
        }


def _require_algorithm(upload: Upload, claimed: str | None) -> None:
    """Raise InvalidRequest for a part whose checksum is not of the algorithm agreed upon.

    An upload that ends with S3's own choice takes any.
    """
    if claimed not in (None, upload.checksum_algorithm) and (
        upload.checksum_algorithm != checksums.DEFAULT
    ):
        raise invalid_request(
            "Checksum Type mismatch occurred, expected checksum Type: "
            f"{upload.checksum_algorithm}, actual checksum Type: {claimed}"
        )


def _completed_part(part: Mapping[str, Any]) -> CompletedPart:
    number, etag = part.get("PartNumber"), part.get("ETag")
    if number is None or etag is None:
        raise malformed_xml()
    check_part_number(number)
    tags = entity_tags(etag)
    return CompletedPart(number, tags[0] if tags else "", checksums.decoded_members(part))


def _last_of_each(parts: list[CompletedPart]) -> list[CompletedPart]:
    """Return the parts without those that are named again right away: the last one counts."""
    return [
        part
        for part, following in zip_longest(parts, parts[1:])
        if following is None or following.number != part.number
    ]


def _checksum_of(upload: Upload) -> dict[str, str]:
    return {
        "ChecksumAlgorithm": upload.checksum_algorithm.upper(),
        "ChecksumType": upload.checksum_type,
    }
