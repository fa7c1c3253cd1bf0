"""Lifecycles of buckets, and the restoration of what they archived.

The deprecated operations PutBucketLifecycle and GetBucketLifecycle are the same requests as
those of lifecycle configurations, and are answered by these.
"""

from lenticular.apis.aws.s3.errors import (
    invalid_argument,
    malformed_xml,
    no_such_lifecycle,
    not_implemented,
)
from lenticular.apis.aws.s3.lifecycles import document_lifecycle, lifecycle_document
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.lifecycle.calendar import STANDARD, TIERS

_UNBUILT = ("Type", "SelectParameters", "OutputLocation")
"""Members of a restoration that ask for a query of archived objects."""


class LifecycleOperations:
    """The lifecycles of buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._lifecycles = storage.lifecycles
        self._restorations = storage.lifecycles.restorations

    async def put_bucket_lifecycle_configuration(self, call: Call, params: Params) -> Result:
        """Give a bucket rules, in place of its own. API: PutBucketLifecycleConfiguration."""
        lifecycle = document_lifecycle(
            params.get("LifecycleConfiguration") or {},
            params.get("TransitionDefaultMinimumObjectSize"),
        )
        await self._lifecycles.put(call.principal, params["Bucket"], lifecycle)
        return {"TransitionDefaultMinimumObjectSize": lifecycle.smallest}

    async def get_bucket_lifecycle_configuration(self, call: Call, params: Params) -> Result:
        """Return a bucket's rules. API reference: GetBucketLifecycleConfiguration."""
        lifecycle = await self._lifecycles.get(call.principal, params["Bucket"])
        if lifecycle is None:
            raise no_such_lifecycle(params["Bucket"])
        return lifecycle_document(lifecycle)

    async def delete_bucket_lifecycle(self, call: Call, params: Params) -> Result:
        """Take a bucket's rules away, if it has any. API reference: DeleteBucketLifecycle."""
        await self._lifecycles.delete(call.principal, params["Bucket"])
        return {}

    async def restore_object(self, call: Call, params: Params) -> Response:
        """Make an archived object readable for a while. API reference: RestoreObject."""
        request = params.get("RestoreRequest") or {}
        for name in _UNBUILT:
            if request.get(name) is not None:
                raise not_implemented(f"RestoreRequest/{name}")
        days = request.get("Days")
        tier = (request.get("GlacierJobParameters") or {}).get("Tier") or request.get("Tier")
        if days is None or (tier or STANDARD) not in TIERS:
            raise malformed_xml()
        if days <= 0:
            raise invalid_argument("restoration days should be at least 1", "Days", days)
        begun = await self._restorations.begin(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            days,
            tier or STANDARD,
        )
        return Response(202 if begun else 200)
