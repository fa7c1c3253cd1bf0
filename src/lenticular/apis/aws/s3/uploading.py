"""What PutObject, CopyObject and CreateMultipartUpload say alike of the object to come."""

from lenticular.apis.aws.s3.grants import (
    PRIVATE,
    AccessLists,
    names_grants,
)
from lenticular.apis.aws.s3.headers import storage_class, system_headers, user_metadata
from lenticular.apis.aws.s3.locks import asked_lock
from lenticular.apis.aws.s3.ownership import require_lists
from lenticular.apis.aws.s3.tags import header_tags
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.access import Grants
from lenticular.primitives.objects import Attributes, Buckets


class Uploading:
    """Reads attributes of objects out of requests."""

    def __init__(self, buckets: Buckets, access_lists: AccessLists) -> None:
        self._buckets = buckets
        self._access_lists = access_lists

    async def attributes(self, call: Call, params: Params) -> Attributes:
        """Return headers, metadata, tags, grants, storage class and lock that a request names."""
        return Attributes(
            headers=system_headers(call.request.headers),
            metadata=user_metadata(params.get("Metadata")),
            tags=header_tags(params.get("Tagging")),
            acl=await self.acl(call, params) if names_grants(params) else PRIVATE,
            storage_class=storage_class(params),
            lock=asked_lock(params),
        )

    async def acl(self, call: Call, params: Params) -> Grants:
        """Return the access control list that a request's headers name for a new object."""
        if not names_grants(params):
            return PRIVATE
        bucket = await self._buckets.find(params["Bucket"])
        require_lists(bucket, params)
        owner = call.principal.canonical_id or bucket.owner
        return await self._access_lists.of_headers(params, owner, bucket.owner) or PRIVATE
