"""Object ownership: whether access control lists count in a bucket.

Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket".
"""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.errors import invalid_argument
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.access import Grants
from lenticular.primitives.objects import Bucket

UNSET = ""
"""The bucket has no ownership controls: writers own their objects."""

BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"

_OWNERS = "bucket-owner-full-control"
"""The one list that says what is so anyhow."""

_RULES = frozenset({BUCKET_OWNER_ENFORCED, "BucketOwnerPreferred", "ObjectWriter"})


def check_ownership(rule: str) -> str:
    """Return a rule (or `UNSET`). Raises InvalidArgument for one that there is not."""
    if rule != UNSET and rule not in _RULES:
        raise invalid_argument("Invalid x-amz-object-ownership header", "ObjectOwnership", rule)
    return rule


def require_no_grants(rule: str, acl: Grants, owner: str) -> None:
    """Raise InvalidBucketAclWithObjectOwnership where grants to others would be ignored."""
    if rule == BUCKET_OWNER_ENFORCED and any(grant.grantee != owner for grant in acl):
        raise AwsError(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )


def require_lists(bucket: Bucket, params: Mapping[str, Any]) -> None:
    """Raise AccessControlListNotSupported where the bucket takes no lists but one is given."""
    if bucket.ownership == BUCKET_OWNER_ENFORCED and params.get("ACL") != _OWNERS:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
