"""What calls of S3 use, and who pays: the bucket's owner, or who asks where requesters pay."""

from collections.abc import Sequence

from lenticular.apis.aws.s3.requesters import is_charged
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.aws.wire.usage import request_class
from lenticular.primitives.meters import MANAGE, WRITE, Usage, spender, usage
from lenticular.primitives.objects import Buckets
from lenticular.primitives.objects.holdings import PROJECT_TAG, SERVICE

_STORES = frozenset(
    {
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateBucket",
        "CreateMultipartUpload",
        "PostObject",
        "PutObject",
        "RestoreObject",
        "UploadPart",
        "UploadPartCopy",
    }
)
"""What a stop refuses. All else that S3 charges as a PUT only changes settings."""


class ObjectUsages:
    """Tells what a call will use."""

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets

    async def __call__(self, call: Call, params: Params) -> Sequence[Usage]:
        """Return what this call will use; nothing when there is nobody to pay it."""
        kind = request_class(call.operation)
        if kind == WRITE and call.operation not in _STORES:
            kind = MANAGE
        account_id, project = call.principal.account_id, ""
        name = params.get("Bucket")
        if call.operation == "CreateBucket":
            project = _project(params)
        elif await is_charged(self._buckets, call, params):
            pass
        elif name is not None and (holder := await self._buckets.holders.named(name)):
            account_id, project = holder.account_id, holder.project
        if not account_id:
            return ()
        return (usage(SERVICE, kind, account_id, spender(call.principal), project),)


def _project(params: Params) -> str:
    """Return the project of a bucket that is to be made."""
    configuration = params.get("CreateBucketConfiguration") or {}
    for tag in configuration.get("Tags") or ():
        if tag.get("Key") == PROJECT_TAG:
            return str(tag.get("Value", ""))
    return ""
