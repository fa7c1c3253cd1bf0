"""Buckets: creating, finding, listing and deleting them."""

from typing import Any

from lenticular.apis.aws.s3.dates import iso_date
from lenticular.apis.aws.s3.documents import (
    continuation_token,
    document,
    element,
    owner_element,
    read_continuation_token,
)
from lenticular.apis.aws.s3.errors import (
    access_denied,
    invalid_argument,
    invalid_bucket_name,
    not_implemented,
)
from lenticular.apis.aws.s3.grants import PRIVATE, AccessLists
from lenticular.apis.aws.s3.names import is_aws_region, is_bucket_name, is_region
from lenticular.apis.aws.s3.ownership import UNSET, check_ownership, require_no_grants
from lenticular.apis.aws.s3.tags import MAX_BUCKET_TAGS, document_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.access import Grants
from lenticular.primitives.objects import Bucket, ObjectStorage
from lenticular.primitives.objects.errors import BucketOwned, BucketTaken
from lenticular.primitives.principals import Principal

FIRST_REGION = "us-east-1"
"""The region that has no location constraint."""

_EU = ("EU", "eu-west-1")
"""The oldest constraint, and the region it stands for."""

MAX_BUCKETS = 10_000
"""Most buckets of one page."""


class BucketOperations:
    """Buckets as such."""

    def __init__(self, storage: ObjectStorage, access_lists: AccessLists) -> None:
        self._storage = storage
        self._buckets = storage.buckets
        self._access_lists = access_lists

    async def create_bucket(self, call: Call, params: Params) -> Result:
        """Create a bucket. API reference: CreateBucket."""
        principal, name = call.principal, params["Bucket"]
        if principal.is_anonymous:
            raise access_denied()
        if not is_bucket_name(name):
            raise invalid_bucket_name(name)
        configuration = params.get("CreateBucketConfiguration") or {}
        region = _region(configuration, call.region)
        tags = None
        if "Tags" in configuration:
            tags = document_tags({"TagSet": configuration["Tags"]}, MAX_BUCKET_TAGS)
        owner = principal.canonical_id
        acl = await self._access_lists.of_headers(params, owner, owner) or PRIVATE
        ownership = check_ownership(params.get("ObjectOwnership") or UNSET)
        require_no_grants(ownership, acl, owner)
        result: Result = {"Location": f"/{name}"}
        try:
            await self._buckets.create(
                principal,
                name,
                region=region,
                acl=acl,
                ownership=ownership,
                tags=tags,
                locks=bool(params.get("ObjectLockEnabledForBucket")),
            )
        except BucketOwned:
            await self._recreate(principal, name, region, acl)
        return result

    async def _recreate(self, principal: Principal, name: str, region: str, acl: Grants) -> None:
        """Answer for a bucket that the caller has already.

        In S3's first region it counts as created when it is as asked for, and nothing of it
        changes. Raises `BucketOwned` elsewhere, and `BucketTaken` for other grants.
        """
        bucket = await self._buckets.get(principal, name, "s3:CreateBucket")
        if not bucket.region == region == FIRST_REGION:
            raise BucketOwned(name)
        if bucket.acl != acl:
            raise BucketTaken(name)

    async def head_bucket(self, call: Call, params: Params) -> Result:
        """Tell whether there is a bucket that the caller may list. API reference: HeadBucket."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:ListBucket")
        return {"BucketRegion": bucket.region, "AccessPointAlias": False}

    async def get_bucket_location(self, call: Call, params: Params) -> bytes:
        """Return the region's location constraint. API reference: GetBucketLocation."""
        bucket = await self._buckets.get(call.principal, params["Bucket"], "s3:GetBucketLocation")
        constraint = "" if bucket.region == FIRST_REGION else bucket.region
        return document("LocationConstraint", constraint)

    async def list_buckets(self, call: Call, params: Params) -> bytes:
        """List the caller's buckets by name. API reference: ListBuckets."""
        limit = params.get("MaxBuckets", MAX_BUCKETS)
        if not 1 <= limit <= MAX_BUCKETS:
            raise invalid_argument(
                f"Argument max-buckets must be an integer between 1 and {MAX_BUCKETS}",
                "max-buckets",
                limit,
            )
        token = params.get("ContinuationToken")
        prefix = params.get("Prefix")
        found, last = await self._buckets.list(
            call.principal,
            prefix=prefix or "",
            behind=read_continuation_token(token) if token else "",
            limit=limit,
            region=params.get("BucketRegion"),
        )
        owner = {"ID": call.principal.canonical_id, "DisplayName": call.principal.name}
        return document(
            "ListAllMyBucketsResult",
            owner_element("Owner", owner),
            "<Buckets>",
            *map(_bucket, found),
            "</Buckets>",
            element("Prefix", prefix) if prefix is not None else "",
            element("ContinuationToken", continuation_token(last)) if last is not None else "",
        )

    async def delete_bucket(self, call: Call, params: Params) -> Result:
        """Delete an empty bucket, with the uploads begun in it. API reference: DeleteBucket."""
        await self._buckets.delete(call.principal, params["Bucket"])
        return {}


def _bucket(bucket: Bucket) -> str:
    return (
        f"<Bucket><Name>{bucket.name}</Name>"
        f"<CreationDate>{iso_date(bucket.created // 1000)}</CreationDate>"
        f"<BucketRegion>{bucket.region}</BucketRegion></Bucket>"
    )


def _region(configuration: dict[str, Any], signed: str) -> str:
    """Return the region that a bucket is to be in, of a request signed for `signed`.

    As in S3, the first region makes buckets everywhere, any other one of AWS only where it
    is, and only when told so. A name of the lab's own is a region like the first, for there
    is no other cloud that it could be taken to. Raises IllegalLocationConstraintException
    or InvalidLocationConstraint.
    """
    for member in ("Location", "Bucket"):
        if configuration.get(member):
            raise not_implemented(f"CreateBucketConfiguration/{member}")
    constraint = configuration.get("LocationConstraint")
    if constraint == FIRST_REGION or not is_region(constraint or signed):
        raise AwsError(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            fields={"LocationConstraint": constraint or signed},
        )
    if not constraint:
        if signed != FIRST_REGION and is_aws_region(signed):
            raise _illegal_constraint("unspecified")
        return signed
    region = _EU[1] if constraint == _EU[0] else str(constraint)
    if signed not in (FIRST_REGION, region) and is_aws_region(signed):
        raise _illegal_constraint(region)
    return region


def _illegal_constraint(constraint: str) -> AwsError:
    return AwsError(
        "IllegalLocationConstraintException",
        f"The {constraint} location constraint is incompatible for the region specific endpoint "
        "this request was sent to.",
    )
