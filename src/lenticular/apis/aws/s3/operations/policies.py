"""Bucket policies: what a bucket itself says of who may use it."""

from lenticular.apis.aws.s3.errors import (
    invalid_principal,
    malformed_policy,
    no_such_bucket_policy,
)
from lenticular.apis.aws.s3.policies import checked_policy
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.publicity import is_public
from lenticular.primitives.policies.documents import PolicyMalformed, PrincipalUnknown

MAX_POLICY_SIZE = 20 * 1024
"""Bytes of a bucket policy."""


class PolicyOperations:
    """Bucket policies."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._buckets = storage.buckets

    async def put_bucket_policy(self, call: Call, params: Params) -> Response:
        """Set a bucket's policy. API reference: PutBucketPolicy."""
        document = params["Policy"]
        if not document:
            raise AwsError("MissingRequestBodyError", "Request Body is empty")
        if len(document) > MAX_POLICY_SIZE:
            raise AwsError(
                "PolicyTooLarge", f"A bucket policy has at most {MAX_POLICY_SIZE} bytes."
            )
        name = params["Bucket"]
        await self._check_own(call, name, "s3:PutBucketPolicy")
        try:
            await self._buckets.set_policy(call.principal, name, checked_policy(document, name))
        except PrincipalUnknown as error:
            raise invalid_principal(error.arn) from error
        except PolicyMalformed as error:
            raise malformed_policy(str(error)) from error
        return Response(204)

    async def delete_bucket_policy(self, call: Call, params: Params) -> Response:
        """Remove a bucket's policy, if it has one. API reference: DeleteBucketPolicy."""
        name = params["Bucket"]
        await self._check_own(call, name, "s3:DeleteBucketPolicy")
        await self._buckets.delete_policy(call.principal, name)
        return Response(204)

    async def _check_own(self, call: Call, name: str, action: str) -> None:
        """Raise MethodNotAllowed to whom another account's bucket lets do this."""
        bucket = await self._buckets.get(call.principal, name, action)
        if bucket.account_id != call.principal.account_id:
            raise AwsError(
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                405,
            )

    async def get_bucket_policy(self, call: Call, params: Params) -> Response:
        """Return a bucket's policy. API reference: GetBucketPolicy."""
        name = params["Bucket"]
        policy = await self._buckets.policy(call.principal, name)
        if not policy:
            raise no_such_bucket_policy(name)
        headers = [("content-type", "application/json")]
        return Response(200, headers, policy.encode())

    async def get_bucket_policy_status(self, call: Call, params: Params) -> Result:
        """Tell whether the bucket lets everybody in. API reference: GetBucketPolicyStatus.

        Of a bucket without a policy too, where grants alone may do so.
        """
        action = "s3:GetBucketPolicyStatus"
        bucket = await self._buckets.get(call.principal, params["Bucket"], action)
        return {"PolicyStatus": {"IsPublic": is_public(bucket)}}
