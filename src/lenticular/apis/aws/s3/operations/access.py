"""Access control lists of buckets and objects, and who owns what writers leave."""

import msgspec

from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.s3.grants import AccessLists, names_grants
from lenticular.apis.aws.s3.ownership import (
    UNSET,
    check_ownership,
    require_lists,
    require_no_grants,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.access import Grants
from lenticular.primitives.objects import Bucket, ObjectStorage


class AccessOperations:
    """Access control lists and object ownership."""

    def __init__(self, storage: ObjectStorage, access_lists: AccessLists) -> None:
        self._buckets = storage.buckets
        self._objects = storage.objects
        self._access_lists = access_lists

    async def get_bucket_acl(self, call: Call, params: Params) -> Result:
        """Return a bucket's list. API reference: GetBucketAcl."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:GetBucketAcl")
        return await self._access_lists.document(bucket.owner, bucket.acl)

    async def put_bucket_acl(self, call: Call, params: Params) -> Result:
        """Replace a bucket's list. API reference: PutBucketAcl."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:PutBucketAcl")
        require_lists(bucket, params)
        acl = await self._given(params, bucket.owner, bucket.owner)
        await self._buckets.set_acl(call.principal, params["Bucket"], acl)
        return {}

    async def get_object_acl(self, call: Call, params: Params) -> Result:
        """Return the list of an object's version. API reference: GetObjectAcl."""
        found = await self._objects.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            load=False,
            action="s3:GetObjectAcl",
        )
        return await self._access_lists.document(found.version.owner, found.version.acl)

    async def put_object_acl(self, call: Call, params: Params) -> Result:
        """Replace the list of an object's version. API reference: PutObjectAcl."""
        found = await self._objects.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            load=False,
            action="s3:PutObjectAcl",
        )
        require_lists(found.bucket, params)
        acl = await self._given(params, found.version.owner, found.bucket.owner)
        await self._objects.set_acl(
            call.principal, params["Bucket"], params["Key"], params.get("VersionId"), acl
        )
        return {}

    async def _given(self, params: Params, owner: str, bucket_owner: str) -> Grants:
        """Return the list that a request brings, in its headers or as its document."""
        policy = params.get("AccessControlPolicy")
        if policy is not None and names_grants(params):
            raise AwsError("UnexpectedContent", "This request does not support content")
        if policy is not None:
            return await self._access_lists.of_document(policy, owner)
        acl = await self._access_lists.of_headers(params, owner, bucket_owner)
        if acl is None:
            raise AwsError(
                "MissingSecurityHeader",
                "Your request was missing a required header",
                fields={"MissingHeaderName": "x-amz-acl"},
            )
        return acl

    async def get_bucket_ownership_controls(self, call: Call, params: Params) -> Result:
        """Return who owns new objects. API reference: GetBucketOwnershipControls."""
        bucket = await self._buckets.get(
            call.principal, params["Bucket"], "s3:GetBucketOwnershipControls"
        )
        if bucket.ownership == UNSET:
            raise AwsError(
                "OwnershipControlsNotFoundError",
                "The bucket ownership controls were not found",
                404,
                fields={"BucketName": bucket.name},
            )
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}

    async def put_bucket_ownership_controls(self, call: Call, params: Params) -> Result:
        """Say who owns new objects. API reference: PutBucketOwnershipControls."""
        rules = (params.get("OwnershipControls") or {}).get("Rules") or []
        if len(rules) != 1 or not rules[0].get("ObjectOwnership"):
            raise malformed_xml()
        ownership = check_ownership(rules[0]["ObjectOwnership"])

        def set_ownership(bucket: Bucket) -> Bucket:
            require_no_grants(ownership, bucket.acl, bucket.owner)
            return msgspec.structs.replace(bucket, ownership=ownership)

        await self._buckets.change(
            call.principal, params["Bucket"], set_ownership, "s3:PutBucketOwnershipControls"
        )
        return {}

    async def delete_bucket_ownership_controls(self, call: Call, params: Params) -> Result:
        """Forget who owns new objects. API reference: DeleteBucketOwnershipControls."""
        await self._buckets.change(
            call.principal,
            params["Bucket"],
            lambda bucket: msgspec.structs.replace(bucket, ownership=UNSET),
            "s3:PutBucketOwnershipControls",
        )
        return {}
