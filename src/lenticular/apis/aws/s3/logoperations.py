"""What access logs call each operation: ``REST.GET.OBJECT``.

Amazon S3 User Guide, "Amazon S3 server access log format", field "Operation".
"""

from collections.abc import Mapping

BATCH_DELETE = "BATCH.DELETE.OBJECT"
"""One object of a DeleteObjects."""

COPY_SOURCE: Mapping[str, str] = {
    "CopyObject": "REST.COPY.OBJECT_GET",
    "UploadPartCopy": "REST.COPY.PART_GET",
}
"""What these are in the log of the bucket that is copied from."""

_WHOLE: Mapping[str, str] = {
    "AbortMultipartUpload": "REST.DELETE.UPLOAD",
    "CompleteMultipartUpload": "REST.POST.UPLOAD",
    "CopyObject": "REST.COPY.OBJECT",
    "CreateMultipartUpload": "REST.POST.UPLOADS",
    "DeleteObjects": "REST.POST.MULTI_OBJECT_DELETE",
    "GetWebsiteObject": "WEBSITE.GET.OBJECT",
    "OptionsObject": "REST.OPTIONS.PREFLIGHT",
    "PostObject": "REST.POST.OBJECT",
    "RestoreObject": "REST.POST.RESTORE",
    "SelectObjectContent": "REST.POST.SELECT",
    "UploadPartCopy": "REST.COPY.PART",
}

_RESOURCES: Mapping[str, str] = {
    "Bucket": "BUCKET",
    "BucketAccelerateConfiguration": "ACCELERATE",
    "BucketAcl": "ACL",
    "BucketAnalyticsConfigurations": "ANALYTICS",
    "BucketCors": "CORS",
    "BucketEncryption": "ENCRYPTION",
    "BucketIntelligentTieringConfigurations": "INTELLIGENT_TIERING",
    "BucketInventoryConfiguration": "INVENTORY",
    "BucketInventoryConfigurations": "INVENTORY",
    "BucketLifecycle": "LIFECYCLE",
    "BucketLifecycleConfiguration": "LIFECYCLE",
    "BucketLocation": "LOCATION",
    "BucketLogging": "LOGGING_STATUS",
    "BucketMetricsConfiguration": "METRICS",
    "BucketMetricsConfigurations": "METRICS",
    "BucketNotificationConfiguration": "NOTIFICATION",
    "BucketOwnershipControls": "OWNERSHIP_CONTROLS",
    "BucketPolicy": "BUCKETPOLICY",
    "BucketPolicyStatus": "BUCKETPOLICY_STATUS",
    "BucketReplication": "REPLICATION",
    "BucketRequestPayment": "REQUEST_PAYMENT",
    "BucketTagging": "TAGGING",
    "BucketVersioning": "VERSIONING",
    "BucketWebsite": "WEBSITE",
    "MultipartUploads": "UPLOADS",
    "Object": "OBJECT",
    "ObjectAcl": "ACL",
    "ObjectAttributes": "OBJECT_ATTRIBUTES",
    "ObjectLegalHold": "OBJECT_LOCK_LEGALHOLD",
    "ObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
    "ObjectRetention": "OBJECT_LOCK_RETENTION",
    "ObjectTagging": "OBJECT_TAGGING",
    "ObjectTorrent": "TORRENT",
    "ObjectVersions": "BUCKETVERSIONS",
    "Objects": "BUCKET",
    "ObjectsV2": "BUCKET",
    "Part": "PART",
    "Parts": "UPLOAD",
    "PublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
}
_VERBS = ("Create", "Delete", "Get", "Head", "List", "Put", "Upload")


def log_operation(operation: str, method: str) -> str:
    """Return what logs call an operation, by its name in the model and the request's method."""
    known = _WHOLE.get(operation)
    if known is not None:
        return known
    verb = next((verb for verb in _VERBS if operation.startswith(verb)), "")
    resource = _RESOURCES.get(operation.removeprefix(verb), operation.upper())
    return f"REST.{method}.{resource}"
