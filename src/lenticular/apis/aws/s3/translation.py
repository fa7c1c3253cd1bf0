"""The errors of the objects primitive in S3's words, translated once.

Codes, statuses and messages are those of the Amazon S3 API Reference, "Error responses".
"""

from collections.abc import Callable
from typing import Any

from lenticular.apis.aws.s3.dates import http_date, iso_date
from lenticular.apis.aws.s3.encryption_errors import ENCRYPTION_ERRORS
from lenticular.apis.aws.s3.errors import (
    access_denied,
    entity_too_large,
    invalid_argument,
    invalid_bucket_name,
    invalid_request,
    no_such_upload,
    no_such_version,
)
from lenticular.apis.aws.s3.names import is_bucket_name
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import BodyTooLarge, BodyTruncated
from lenticular.engines.blobs.contract import BlobStoreUnavailable
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects.errors import (
    BucketLocked,
    BucketNotEmpty,
    BucketNotFound,
    BucketOwned,
    BucketTaken,
    ConditionFailed,
    DigestMissing,
    LockMissing,
    LockNotEnabled,
    LockWithoutVersions,
    NotArchived,
    ObjectArchived,
    ObjectLocked,
    ObjectNotFound,
    PartInvalid,
    PartNumberMissing,
    PartOrderInvalid,
    PartTooSmall,
    QuotaExceeded,
    RestorationRunning,
    RetentionPassed,
    SettingTooLarge,
    SizeMismatch,
    TierUnavailable,
    UploadNotFound,
    VersionIsMarker,
    VersionNotFound,
)


def _bucket_not_found(error: BucketNotFound) -> AwsError:
    if not is_bucket_name(error.name):
        return invalid_bucket_name(error.name)
    return AwsError(
        "NoSuchBucket",
        "The specified bucket does not exist",
        404,
        fields={"BucketName": error.name},
    )


def _bucket_taken(error: BucketTaken) -> AwsError:
    return AwsError(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all "
        "users of the system. Please select a different name and try again.",
        409,
        fields={"BucketName": error.name},
    )


def _bucket_owned(error: BucketOwned) -> AwsError:
    return AwsError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
        fields={"BucketName": error.name},
    )


def _bucket_not_empty(error: BucketNotEmpty) -> AwsError:
    return AwsError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        409,
        fields={"BucketName": error.name},
    )


def _object_not_found(error: ObjectNotFound) -> AwsError:
    headers = {"x-amz-delete-marker": "false"}
    if error.marker is not None:
        headers = {"x-amz-delete-marker": "true", "x-amz-version-id": error.marker}
    return AwsError(
        "NoSuchKey",
        "The specified key does not exist.",
        404,
        fields={"Key": error.key},
        headers=headers,
    )


def _version_is_marker(error: VersionIsMarker) -> AwsError:
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        fields={"ResourceType": "DeleteMarker"},
        headers={
            "Allow": "DELETE",
            "Last-Modified": http_date(error.modified // 1000),
            "x-amz-delete-marker": "true",
            "x-amz-version-id": error.version_id,
        },
    )


def _condition_failed(error: ConditionFailed) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        fields={"Condition": error.condition},
    )


def _lock_missing(error: LockMissing) -> AwsError:
    return AwsError(
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
        404,
        fields={"BucketName": error.name},
    )


def _bucket_state(message: str) -> AwsError:
    return AwsError("InvalidBucketState", message, 409)


def _part_invalid(error: PartInvalid) -> AwsError:
    return AwsError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been "
        "uploaded, or the specified entity tag may not match the part's entity tag.",
        fields={"PartNumber": error.number},
    )


def _part_order(_: PartOrderInvalid) -> AwsError:
    return AwsError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    )


def _part_too_small(error: PartTooSmall) -> AwsError:
    return AwsError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        fields={
            "ProposedSize": error.size,
            "MinSizeAllowed": error.smallest,
            "PartNumber": error.number,
            "ETag": error.etag,
        },
    )


def _part_number_missing(error: PartNumberMissing) -> AwsError:
    return AwsError(
        "InvalidPart",
        "The requested partnumber is not satisfiable",
        fields={"PartNumberRequested": error.number, "ActualPartCount": error.count},
    )


def _body_truncated(_: BodyTruncated) -> AwsError:
    return AwsError("IncompleteBody", "The request body terminated unexpectedly")


def _object_archived(error: ObjectArchived) -> AwsError:
    return AwsError(
        "InvalidObjectState",
        "The operation is not valid for the object's storage class",
        403,
        fields={"StorageClass": error.storage_class},
    )


def _not_archived(error: NotArchived) -> AwsError:
    if error.storage_class == "INTELLIGENT_TIERING":
        return AwsError(
            "ObjectAlreadyInActiveTierError",
            "This action is not allowed against this storage tier",
            403,
        )
    return AwsError(
        "InvalidObjectState",
        "Restore is not allowed for the object's current storage class",
        403,
        fields={"StorageClass": error.storage_class},
    )


def _restoration_running(_: RestorationRunning) -> AwsError:
    return AwsError("RestoreAlreadyInProgress", "Object restore is already in progress", 409)


def _tier_unavailable(error: TierUnavailable) -> AwsError:
    return invalid_argument(
        "Retrieval option is not supported by this storage class", "Tier", error.tier
    )


_TRANSLATIONS: dict[type[Exception], Callable[[Any], AwsError]] = {
    AccessDenied: lambda error: access_denied(str(error)),
    BlobStoreUnavailable: lambda _: AwsError(
        "ServiceUnavailable",
        "The store that holds the bytes of objects does not answer. Please try again.",
        503,
    ),
    BodyTooLarge: lambda error: entity_too_large(error.limit + 1, error.limit),
    BodyTruncated: _body_truncated,
    BucketLocked: lambda _: _bucket_state(
        "An Object Lock configuration is present on this bucket, so the versioning state cannot "
        "be changed."
    ),
    BucketNotEmpty: _bucket_not_empty,
    BucketNotFound: _bucket_not_found,
    BucketOwned: _bucket_owned,
    BucketTaken: _bucket_taken,
    ConditionFailed: _condition_failed,
    DigestMissing: lambda _: invalid_request(
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with "
        "Object Lock parameters"
    ),
    LockMissing: _lock_missing,
    LockNotEnabled: lambda _: invalid_request("Bucket is missing Object Lock Configuration"),
    LockWithoutVersions: lambda _: _bucket_state(
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
    ),
    ObjectLocked: lambda _: access_denied("Access Denied because object protected by object lock."),
    ObjectNotFound: _object_not_found,
    PartInvalid: _part_invalid,
    PartNumberMissing: _part_number_missing,
    PartOrderInvalid: _part_order,
    PartTooSmall: _part_too_small,
    RetentionPassed: lambda error: invalid_argument(
        "The retain until date must be in the future!",
        "x-amz-object-lock-retain-until-date",
        iso_date(error.until // 1000),
    ),
    QuotaExceeded: lambda error: AwsError(
        "QuotaExceeded", str(error), 403, fields={"MaxSizeAllowed": error.limit}
    ),
    SettingTooLarge: lambda error: AwsError(
        "MaxMessageLengthExceeded",
        "Your request was too big.",
        fields={"MaxMessageLengthBytes": error.limit},
    ),
    SizeMismatch: lambda _: invalid_request(
        "The provided 'x-amz-mp-object-size' header does not match what was computed"
    ),
    UploadNotFound: lambda error: no_such_upload(error.upload_id),
    NotArchived: _not_archived,
    ObjectArchived: _object_archived,
    RestorationRunning: _restoration_running,
    TierUnavailable: _tier_unavailable,
    VersionIsMarker: _version_is_marker,
    VersionNotFound: lambda error: no_such_version(error.key, error.version_id),
    **ENCRYPTION_ERRORS,
}


def translate(error: Exception) -> AwsError | None:
    """Return S3's error for a primitive's, or None for one that is not about objects."""
    translation = _TRANSLATIONS.get(type(error))
    return translation(error) if translation is not None else None
