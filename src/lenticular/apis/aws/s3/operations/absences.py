"""What no bucket of this cloud has: asked for, it is said to be absent, as of a bucket of S3.

Tools that take stock of buckets ask for all of it. To set it is `NotImplemented`.
"""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import ObjectStorage


class AbsenceOperations:
    """Replication, acceleration, analytics and intelligent tiering."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._buckets = storage.buckets

    async def get_bucket_replication(self, call: Call, params: Params) -> Result:
        """Find no replication. API reference: GetBucketReplication."""
        await self._check(call, params, "s3:GetReplicationConfiguration")
        raise AwsError(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
            404,
            fields={"BucketName": params["Bucket"]},
        )

    async def get_bucket_accelerate_configuration(self, call: Call, params: Params) -> Result:
        """Tell of no acceleration. API reference: GetBucketAccelerateConfiguration."""
        await self._check(call, params, "s3:GetAccelerateConfiguration")
        return {}

    async def list_bucket_analytics_configurations(self, call: Call, params: Params) -> Result:
        """List no analyses. API reference: ListBucketAnalyticsConfigurations."""
        await self._check(call, params, "s3:GetAnalyticsConfiguration")
        return {"IsTruncated": False}

    async def list_bucket_intelligent_tiering_configurations(
        self, call: Call, params: Params
    ) -> Result:
        """List no tiers. API reference: ListBucketIntelligentTieringConfigurations."""
        await self._check(call, params, "s3:GetIntelligentTieringConfiguration")
        return {"IsTruncated": False}

    async def _check(self, call: Call, params: Params, action: str) -> None:
        await self._buckets.get(call.principal, params["Bucket"], action)
