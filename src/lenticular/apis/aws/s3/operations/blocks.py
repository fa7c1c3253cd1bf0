"""Blocks of public access to buckets, and who pays for requests to them."""

from msgspec.structs import replace

from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.public_access import configuration, read_configuration
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import Bucket, ObjectStorage
from lenticular.primitives.objects.rights import REQUESTER

_OWNER = "BucketOwner"
_PAYERS = {"Requester": True, _OWNER: False}


class BlockOperations:
    """Blocks of public access, and Requester Pays."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._buckets = storage.buckets

    async def put_public_access_block(self, call: Call, params: Params) -> Result:
        """Block public access to a bucket. API reference: PutPublicAccessBlock."""
        blocked = read_configuration(params)
        await self._set(call, params, blocked)
        return {}

    async def delete_public_access_block(self, call: Call, params: Params) -> Result:
        """Remove a bucket's own block. API reference: DeletePublicAccessBlock."""
        await self._set(call, params, None)
        return {}

    async def _set(self, call: Call, params: Params, blocked: int | None) -> None:
        def blocking(bucket: Bucket) -> Bucket:
            return replace(bucket, public_access=blocked)

        action = "s3:PutBucketPublicAccessBlock"
        await self._buckets.change(call.principal, params["Bucket"], blocking, action)

    async def get_public_access_block(self, call: Call, params: Params) -> Result:
        """Return a bucket's own block. API reference: GetPublicAccessBlock."""
        action = "s3:GetBucketPublicAccessBlock"
        bucket = await self._buckets.get(call.principal, params["Bucket"], action)
        if bucket.public_access is None:
            raise AwsError(
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
                404,
                fields={"BucketName": bucket.name},
            )
        return configuration(bucket.public_access)

    async def put_bucket_request_payment(self, call: Call, params: Params) -> Result:
        """Say who pays for requests and transfer. API reference: PutBucketRequestPayment."""
        payer = (params.get("RequestPaymentConfiguration") or {}).get("Payer")
        if payer not in _PAYERS:
            raise malformed_xml()

        def paying(bucket: Bucket) -> Bucket:
            return replace(bucket, requester_pays=_PAYERS[payer])

        action = "s3:PutBucketRequestPayment"
        await self._buckets.change(call.principal, params["Bucket"], paying, action)
        return {}

    async def get_bucket_request_payment(self, call: Call, params: Params) -> Result:
        """Tell who pays for requests and transfer. API reference: GetBucketRequestPayment."""
        action = "s3:GetBucketRequestPayment"
        bucket = await self._buckets.get(call.principal, params["Bucket"], action)
        return {"Payer": REQUESTER.title() if bucket.requester_pays else _OWNER}
