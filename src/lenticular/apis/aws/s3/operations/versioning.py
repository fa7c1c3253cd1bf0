"""Versioning: whether a bucket keeps what is overwritten and deleted."""

import msgspec

from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import ENABLED, SUSPENDED, UNVERSIONED, ObjectStorage


class VersioningOperations:
    """The versioning of buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._buckets = storage.buckets

    async def put_bucket_versioning(self, call: Call, params: Params) -> Result:
        """Enable or suspend versioning. API reference: PutBucketVersioning."""
        configuration = params.get("VersioningConfiguration") or {}
        status, mfa_delete = configuration.get("Status"), configuration.get("MFADelete")
        if mfa_delete not in (None, "Disabled"):
            raise AwsError(
                "NotImplemented",
                "Deleting with multi-factor authentication (MfaDelete) is not implemented: send "
                "the configuration without it. To keep versions from being deleted, retain them "
                "by Object Lock.",
                501,
            )
        if status is None:
            raise AwsError(
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            )
        if status not in (ENABLED, SUSPENDED):
            raise malformed_xml()
        await self._buckets.change(
            call.principal,
            params["Bucket"],
            lambda bucket: msgspec.structs.replace(bucket, versioning=status),
            "s3:PutBucketVersioning",
        )
        return {}

    async def get_bucket_versioning(self, call: Call, params: Params) -> Result:
        """Return the versioning; nothing where it was never enabled. API: GetBucketVersioning."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:GetBucketVersioning")
        return {} if bucket.versioning == UNVERSIONED else {"Status": bucket.versioning}
