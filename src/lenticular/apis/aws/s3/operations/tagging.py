"""Tags of buckets and of objects' versions."""

import msgspec

from lenticular.apis.aws.s3.errors import no_such_tag_set
from lenticular.apis.aws.s3.tags import (
    MAX_BUCKET_TAGS,
    MAX_OBJECT_TAGS,
    document_tags,
    tag_set,
)
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import UNVERSIONED, ObjectStorage, Version

_PUT, _DELETE = "ObjectTagging:Put", "ObjectTagging:Delete"
"""The events that are told."""


class TaggingOperations:
    """Tags."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._buckets = storage.buckets
        self._objects = storage.objects

    async def get_bucket_tagging(self, call: Call, params: Params) -> Result:
        """Return a bucket's tags. API reference: GetBucketTagging."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:GetBucketTagging")
        if bucket.tags is None:
            raise no_such_tag_set(bucket.name)
        return {"TagSet": tag_set(bucket.tags)}

    async def put_bucket_tagging(self, call: Call, params: Params) -> Result:
        """Replace a bucket's tags. API reference: PutBucketTagging."""
        tags = document_tags(params.get("Tagging"), MAX_BUCKET_TAGS)
        await self._set_bucket_tags(call, params, tags)
        return {}

    async def delete_bucket_tagging(self, call: Call, params: Params) -> Result:
        """Remove a bucket's tags. API reference: DeleteBucketTagging."""
        await self._set_bucket_tags(call, params, None)
        return {}

    async def _set_bucket_tags(
        self, call: Call, params: Params, tags: dict[str, str] | None
    ) -> None:
        await self._buckets.change(
            call.principal,
            params["Bucket"],
            lambda bucket: msgspec.structs.replace(bucket, tags=tags),
            "s3:PutBucketTagging",
        )

    async def get_object_tagging(self, call: Call, params: Params) -> Result:
        """Return the tags of an object's version. API reference: GetObjectTagging."""
        found = await self._objects.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            load=False,
            action="s3:GetObjectTagging",
        )
        result: Result = {"TagSet": tag_set(found.version.tags)}
        if found.bucket.versioning != UNVERSIONED:
            result["VersionId"] = found.version.version_id
        return result

    async def put_object_tagging(self, call: Call, params: Params) -> Result:
        """Replace the tags of an object's version. API reference: PutObjectTagging."""
        tags = document_tags(params.get("Tagging"), MAX_OBJECT_TAGS)
        return await self._set_object_tags(call, params, tags, "s3:PutObjectTagging", _PUT)

    async def delete_object_tagging(self, call: Call, params: Params) -> Result:
        """Remove the tags of an object's version. API reference: DeleteObjectTagging."""
        return await self._set_object_tags(call, params, {}, "s3:DeleteObjectTagging", _DELETE)

    async def _set_object_tags(
        self, call: Call, params: Params, tags: dict[str, str], action: str, event: str
    ) -> Result:
        def set_tags(version: Version) -> Version:
            return msgspec.structs.replace(version, tags=tags)

        version = await self._objects.change(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            set_tags,
            action,
            event,
        )
        return {} if version.is_null else {"VersionId": version.version_id}
