"""What kind of operation each is, for the audit log: whether it only reads, whether it is data's.

Data operations are those that services call data events (Amazon S3 User Guide, "Amazon S3
CloudTrail events"; DynamoDB Developer Guide, "Logging DynamoDB operations"): they come at the
rate of the data, and are recorded only where a trail asks for them. All others manage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

DATA_OPERATIONS: Mapping[str, frozenset[str]] = {
    "s3": frozenset(
        {
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "GetObject",
            "GetObjectAcl",
            "GetObjectAttributes",
            "GetObjectLegalHold",
            "GetObjectRetention",
            "GetObjectTagging",
            "GetObjectTorrent",
            "GetWebsiteObject",
            "HeadBucket",
            "HeadObject",
            "ListMultipartUploads",
            "ListObjectVersions",
            "ListObjects",
            "ListObjectsV2",
            "ListParts",
            "OptionsObject",
            "PostObject",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RestoreObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy",
        }
    ),
    "dynamodb": frozenset(
        {
            "BatchExecuteStatement",
            "BatchGetItem",
            "BatchWriteItem",
            "DeleteItem",
            "ExecuteStatement",
            "ExecuteTransaction",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactGetItems",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
}
"""By service (its name in botocore)."""

_EVENT_NAMES = {
    ("s3", "GetWebsiteObject"): "GetObject",
    ("s3", "ListObjectsV2"): "ListObjects",
}
"""Operations that events have under another name."""

_READS = (
    "Assume",
    "BatchGet",
    "Check",
    "Decode",
    "Describe",
    "Estimate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Options",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Test",
    "TransactGet",
    "Validate",
    "View",
)
"""What the names of operations begin with that change nothing of what they are asked about."""

_USES: Mapping[str, frozenset[str]] = {
    "kms": frozenset(
        {
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GenerateRandom",
            "ReEncrypt",
            "Sign",
            "Verify",
            "VerifyMac",
        }
    ),
}
"""Operations, by service, that change nothing either: what they answer is their caller's."""

_ANSWERED = frozenset({"sts"})
"""Services of whose reads the result is recorded too: what they give out is the event."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What kind of operation one is."""

    event_name: str
    read_only: bool
    is_data: bool
    has_result: bool
    """Whether what it answers belongs in its event."""


@cache
def kind_of(service: str, operation: str) -> Kind:
    """Return the kind of an operation, by its names in botocore."""
    read_only = operation.startswith(_READS) or operation in _USES.get(service, ())
    return Kind(
        event_name=_EVENT_NAMES.get((service, operation), operation),
        read_only=read_only,
        is_data=operation in DATA_OPERATIONS.get(service, ()),
        has_result=not read_only or service in _ANSWERED,
    )
