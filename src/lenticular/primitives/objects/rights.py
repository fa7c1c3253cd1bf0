"""Rights: who owns what in a bucket, and who may do what there, by policies and by grants.

Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket"
and "Mapping of ACL permissions and access policy permissions". Actions are named as in IAM's
policies (``s3:GetObject``), whatever interface the request came through.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import msgspec

from lenticular.primitives.access import (
    AccessDenied,
    Grant,
    Grants,
    Permission,
    is_granted,
)
from lenticular.primitives.objects import retention
from lenticular.primitives.objects.publicity import (
    effective_grants,
    is_restricted,
    require_grants,
)
from lenticular.primitives.objects.records import Attributes, Bucket, Lock, Version
from lenticular.primitives.policies.context import SERVICE
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.policies.evaluation import NO_KEYS, Access, Keys, decide
from lenticular.primitives.policies.principal_element import Bindings
from lenticular.primitives.principals import Principal

BUCKET_OWNER_ENFORCED = "BucketOwnerEnforced"
"""The bucket's owner owns every object, and no access control list counts."""

BUCKET_OWNER_PREFERRED = "BucketOwnerPreferred"
"""The bucket's owner owns the objects that it is given full control of."""

_BUCKET_GRANTS: Mapping[str, Permission] = {
    "s3:ListBucket": Permission.READ,
    "s3:ListBucketVersions": Permission.READ,
    "s3:ListBucketMultipartUploads": Permission.READ,
    "s3:GetBucketLocation": Permission.READ,
    "s3:GetBucketAcl": Permission.READ_ACP,
    "s3:PutBucketAcl": Permission.WRITE_ACP,
    "s3:PutObject": Permission.WRITE,
    "s3:PutObjectAcl": Permission.WRITE,
    "s3:PutObjectTagging": Permission.WRITE,
    "s3:DeleteObject": Permission.WRITE,
    "s3:DeleteObjectVersion": Permission.WRITE,
    "s3:AbortMultipartUpload": Permission.WRITE,
    "s3:ListMultipartUploadParts": Permission.WRITE,
}
"""What a grant on the bucket must be for each action; no grant reaches the others. The two of
new objects' grants and tags are those of the request that makes the object."""

_OBJECT_GRANTS: Mapping[str, Permission] = {
    "s3:GetObject": Permission.READ,
    "s3:GetObjectVersion": Permission.READ,
    "s3:GetObjectAttributes": Permission.READ,
    "s3:GetObjectVersionAttributes": Permission.READ,
    "s3:GetObjectAcl": Permission.READ_ACP,
    "s3:GetObjectVersionAcl": Permission.READ_ACP,
    "s3:PutObjectAcl": Permission.WRITE_ACP,
    "s3:PutObjectVersionAcl": Permission.WRITE_ACP,
    "s3:GetObjectTagging": Permission.FULL_CONTROL,
    "s3:GetObjectVersionTagging": Permission.FULL_CONTROL,
    "s3:PutObjectTagging": Permission.FULL_CONTROL,
    "s3:PutObjectVersionTagging": Permission.FULL_CONTROL,
    "s3:DeleteObjectTagging": Permission.FULL_CONTROL,
    "s3:DeleteObjectVersionTagging": Permission.FULL_CONTROL,
}
"""What a grant on an object must be for each action."""


_COMPILED = 512
"""Policies of buckets that are kept compiled: one of 20 KB takes ten times that."""

PAYER_KEY = "s3:x-amz-request-payer"
"""Condition key of who a request says will pay for it."""
REQUESTER = "requester"

_NEEDED_TOO: Mapping[str, str] = {
    "s3:GetObjectAttributes": "s3:GetObject",
    "s3:GetObjectVersionAttributes": "s3:GetObjectVersion",
}
"""What else the principal must be allowed for an action."""


_OF_ANY_VERSION = frozenset(
    {
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:RestoreObject",
    }
)
"""Actions that have one name, whether a version is named or not."""


def of_version(action: str, version_id: str | None) -> str:
    """Return the action that an action on objects is where a version is named."""
    if version_id is None or action in _OF_ANY_VERSION:
        return action
    return action.replace("Object", "ObjectVersion", 1)


def bucket_arn(name: str) -> str:
    """Return the ARN of a bucket."""
    return f"arn:aws:s3:::{name}"


def require_in_account(principal: Principal, action: str, resource: str) -> None:
    """Raise `AccessDenied` unless the principal may do this in its own account."""
    decision = decide(Access(principal, action, resource, principal.account_id))
    if not decision.allowed:
        raise AccessDenied(decision.message, decision)


_NEVER_LOCKED_OUT = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What the root of the owning account may do whatever the bucket's policy says."""


def require_on_bucket(
    principal: Principal,
    bucket: Bucket,
    action: str,
    key: str | None = None,
    keys: Keys = NO_KEYS,
) -> None:
    """Raise `AccessDenied` unless the principal may do this with the bucket.

    With `key`, with what is or will be there under that key, whoever owns it. `keys` are
    further condition keys.
    """
    if action in _NEVER_LOCKED_OUT and _is_owning_root(principal, bucket):
        return
    resource = bucket_arn(bucket.name) if key is None else f"{bucket_arn(bucket.name)}/{key}"
    grants = () if bucket.ownership == BUCKET_OWNER_ENFORCED else bucket.acl
    permission = _BUCKET_GRANTS.get(action)
    _require(principal, action, resource, bucket, bucket.owner, grants, permission, keys)


def require_to_put(principal: Principal, bucket: Bucket, key: str, attributes: Attributes) -> None:
    """Raise `AccessDenied` unless the principal may make such an object."""
    lock = attributes.lock
    keys = retention.lock_keys(lock, retention.now())
    require_on_bucket(principal, bucket, "s3:PutObject", key, keys)
    require_grants(bucket, attributes.acl)
    if attributes.acl:
        require_on_bucket(principal, bucket, "s3:PutObjectAcl", key)
    if attributes.tags:
        require_on_bucket(principal, bucket, "s3:PutObjectTagging", key)
    if lock is not None and lock.mode:
        require_on_bucket(principal, bucket, "s3:PutObjectRetention", key, keys)
    if lock is not None and lock.legal_hold is not None:
        require_on_bucket(principal, bucket, "s3:PutObjectLegalHold", key, keys)


def may_bypass(principal: Principal, bucket: Bucket, key: str, lock: Lock | None) -> bool:
    """Tell whether the principal may bypass governance mode; `lock` is what it is about."""
    keys = retention.lock_keys(lock, retention.now())
    try:
        require_on_bucket(principal, bucket, "s3:BypassGovernanceRetention", key, keys)
    except AccessDenied:
        return False
    return True


def visible_lock(principal: Principal, bucket: Bucket, key: str, version: Version) -> Lock | None:
    """Return as much of a version's lock as the principal may know of."""
    lock = version.lock
    if lock is None:
        return None
    if not _may_on_object(principal, bucket, key, version, "s3:GetObjectRetention"):
        lock = msgspec.structs.replace(lock, mode="", until=0)
    if not _may_on_object(principal, bucket, key, version, "s3:GetObjectLegalHold"):
        lock = msgspec.structs.replace(lock, legal_hold=None)
    return lock


def require_on_object(
    principal: Principal,
    bucket: Bucket,
    key: str,
    version: Version,
    action: str,
    further: Keys = NO_KEYS,
) -> None:
    """Raise `AccessDenied` unless the principal may do this with an object of `bucket`.

    `further` are condition keys of what is to be done.
    """
    if action in _NEEDED_TOO:
        require_on_object(principal, bucket, key, version, _NEEDED_TOO[action])
    resource = f"{bucket_arn(bucket.name)}/{key}"
    keys = further
    if version.tags:
        tags = {f"s3:existingobjecttag/{name.lower()}": tag for name, tag in version.tags.items()}
        keys = {**tags, **further}
    enforced = bucket.ownership == BUCKET_OWNER_ENFORCED
    owner, grants = (bucket.owner, ()) if enforced else (version.owner, version.acl)
    _require(principal, action, resource, bucket, owner, grants, _OBJECT_GRANTS.get(action), keys)


def _may_on_object(
    principal: Principal, bucket: Bucket, key: str, version: Version, action: str
) -> bool:
    try:
        require_on_object(principal, bucket, key, version, action)
    except AccessDenied:
        return False
    return True


def require_to_miss(principal: Principal, bucket: Bucket, key: str, action: str) -> None:
    """Raise `AccessDenied` unless the principal may know that there is no such object.

    In the words for one that is there: whether it is, is not told.
    """
    if may_list(principal, bucket, key):
        return
    for needed in (_NEEDED_TOO.get(action, action), action):
        require_on_bucket(principal, bucket, needed, key)
    require_on_bucket(principal, bucket, "s3:ListBucket")


def may_list(principal: Principal, bucket: Bucket, key: str) -> bool:
    """Tell whether the principal may know that there is an object: may list what begins so."""
    try:
        require_on_bucket(principal, bucket, "s3:ListBucket", keys={"s3:prefix": key})
    except AccessDenied:
        return False
    return True


def owner_of_new(principal: Principal, bucket: Bucket, acl: Grants) -> str:
    """Return the canonical id of who will own an object that the principal writes."""
    if principal.is_anonymous or bucket.ownership == BUCKET_OWNER_ENFORCED:
        return bucket.owner
    full_control = Grant(bucket.owner, Permission.FULL_CONTROL)
    if bucket.ownership == BUCKET_OWNER_PREFERRED and full_control in acl:
        return bucket.owner
    return principal.canonical_id


def _is_owning_root(principal: Principal, bucket: Bucket) -> bool:
    return principal.kind == "root" and principal.account_id == bucket.account_id


def policy_of(bucket: Bucket) -> Policy | None:
    """Return the policy of a bucket, compiled; None: it has none."""
    return _policy(bucket.policy, bucket.name, bucket.bindings) if bucket.policy else None


@lru_cache(maxsize=_COMPILED)
def _policy(document: str, bucket: str, bindings: Bindings) -> Policy:
    return parse(document, f"the policy of the bucket {bucket}", "resource", bindings)


@lru_cache(maxsize=_COMPILED)
def _denials(document: str, bucket: str, bindings: Bindings) -> Policy:
    """Return what a policy says of objects that are not the bucket owner's: what it denies."""
    policy = _policy(document, bucket, bindings)
    denying = tuple(each for each in policy.statements if each.effect == "Deny")
    return replace(policy, statements=denying)


def _require(
    principal: Principal,
    action: str,
    resource: str,
    bucket: Bucket,
    owner: str,
    grants: Grants,
    permission: Permission | None,
    keys: Keys = NO_KEYS,
) -> None:
    own = principal.canonical_id == owner and not principal.is_anonymous
    _require_payer(principal, bucket)
    _require_insider(principal, bucket)
    grants = effective_grants(bucket, grants)
    granted = permission is not None and is_granted(principal, owner, grants, permission)
    # The account of an object's owner is known by its canonical id only; what counts is
    # whether it is the principal's own. To another's object the bucket's policy lets nobody in,
    # but it may keep anybody out.
    of_bucket = owner == bucket.owner
    account_id = principal.account_id if own else bucket.account_id if of_bucket else ""
    policy = None
    if bucket.policy:
        compiled = _policy if of_bucket else _denials
        policy = compiled(bucket.policy, bucket.name, bucket.bindings)
    decision = decide(Access(principal, action, resource, account_id, keys, policy, granted))
    if not decision.allowed:
        if decision.policy_type == "resource-based policy" and not of_bucket:
            raise AccessDenied  # what the bucket's policy says is for its own account
        raise AccessDenied(decision.message if own else "", decision)


def _require_insider(principal: Principal, bucket: Bucket) -> None:
    """Raise `AccessDenied` to other accounts where a public bucket is kept to its own.

    Whatever would let them in: the policy, a grant, or that they own the object. Services of the
    cloud come in nevertheless (`Block.PUBLIC_BUCKETS`).
    """
    if not bucket.policy or principal.account_id == bucket.account_id:
        return
    if SERVICE not in principal.keys and is_restricted(bucket):
        raise AccessDenied


def _require_payer(principal: Principal, bucket: Bucket) -> None:
    """Raise `AccessDenied` to strangers who do not say that they pay where requesters do.

    Amazon S3 User Guide, "Using Requester Pays buckets for storage transfers and usage".
    """
    if not bucket.requester_pays or principal.account_id == bucket.account_id:
        return
    if principal.is_anonymous or principal.circumstances.value(PAYER_KEY) != REQUESTER:
        raise AccessDenied(
            "those who ask pay for this bucket: send x-amz-request-payer: requester to agree"
        )
