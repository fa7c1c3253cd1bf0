"""Rights: who owns what in a bucket, and whose grants count there.

Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket".
"""

from lenticular.primitives.access import (
    AccessDenied,
    Grant,
    Grants,
    Permission,
    permits,
    require,
)
from lenticular.primitives.objects.records import Bucket, Version
from lenticular.primitives.principals import Principal

BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
"""The bucket's owner owns every object, and no access control list counts."""

BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
"""The bucket's owner owns the objects that it is given full control of."""

OWNER_ONLY = None
"""In place of a permission: what no access control list can grant."""


def require_on_bucket(principal: Principal, bucket: Bucket, permission: Permission | None) -> None:
    """Raise `AccessDenied` unless the principal has this permission on the bucket."""
    if permission is not OWNER_ONLY:
        require(principal, bucket.owner, _bucket_grants(bucket), permission)
    elif principal.is_anonymous or principal.canonical_id != bucket.owner:
        raise AccessDenied("only the bucket's owner may do this")


def may_list(principal: Principal, bucket: Bucket) -> bool:
    """Tell whether the principal may know which objects exist."""
    return permits(principal, bucket.owner, _bucket_grants(bucket), Permission.READ)


def require_on_object(
    principal: Principal, bucket: Bucket, version: Version, permission: Permission
) -> None:
    """Raise `AccessDenied` unless the principal has this permission on an object of `bucket`."""
    if bucket.ownership == BUCKET_OWNER_ENFORCED:
        require(principal, bucket.owner, (), permission)
    else:
        require(principal, version.owner, version.acl, permission)


def owner_of_new(principal: Principal, bucket: Bucket, acl: Grants) -> str:
    """Return the canonical id of who will own an object that the principal writes."""
    if principal.is_anonymous or bucket.ownership == BUCKET_OWNER_ENFORCED:
        return bucket.owner
    full_control = Grant(bucket.owner, Permission.FULL_CONTROL)
    if bucket.ownership == BUCKET_OWNER_PREFERRED and full_control in acl:
        return bucket.owner
    return principal.canonical_id


def _bucket_grants(bucket: Bucket) -> Grants:
    return () if bucket.ownership == BUCKET_OWNER_ENFORCED else bucket.acl
