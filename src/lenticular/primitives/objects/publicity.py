"""Publicity: when a bucket is open to everybody, and the block that keeps it from being.

Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage" and there "The meaning
of public". A block stands on a bucket or on its account; the stricter of the two counts.
"""

import json
from collections.abc import Iterable
from enum import IntFlag
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from lenticular.primitives.access import ALL_USERS, AUTHENTICATED_USERS, AccessDenied, Grants
from lenticular.primitives.objects.records import Bucket


class Block(IntFlag):
    """What a block of public access does."""

    PUBLIC_ACLS = 1
    """Refuses new access control lists that are public."""
    EXISTING_ACLS = 2
    """Ignores the public grants that are there."""
    PUBLIC_POLICY = 4
    """Refuses a policy that is public."""
    PUBLIC_BUCKETS = 8
    """Keeps a bucket with a public policy to its own account."""


_PUBLIC_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS})

_FIXING = frozenset(
    {
        "aws:sourceip",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceowner",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:userid",
        "globus:groups",
    }
)
"""Condition keys that, held to a fixed value, keep a statement from meaning everybody."""

_EQUALITIES = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")

_WILDCARDS = ("*", "?", "${")
"""What a value with any of these in it may stand for, is not fixed."""

_WIDEST_NETWORK = {4: 8, 6: 32}
"""Bits that a network must have at least not to be the whole world."""


def blocks(bucket: Bucket, kind: Block) -> bool:
    """Tell whether the bucket or its account blocks this."""
    return bool(kind & ((bucket.public_access or 0) | bucket.account_public_access))


def are_public(grants: Grants) -> bool:
    """Tell whether grants let in everybody, or everybody who has signed in."""
    return any(grant.grantee in _PUBLIC_GROUPS for grant in grants)


def effective_grants(bucket: Bucket, grants: Grants) -> Grants:
    """Return the grants that count in a bucket."""
    if not grants or not blocks(bucket, Block.EXISTING_ACLS):
        return grants
    return tuple(grant for grant in grants if grant.grantee not in _PUBLIC_GROUPS)


def require_grants(bucket: Bucket, grants: Grants) -> None:
    """Raise `AccessDenied` for public grants where they are blocked."""
    if grants and blocks(bucket, Block.PUBLIC_ACLS) and are_public(grants):
        raise AccessDenied("public access control lists are blocked by BlockPublicAcls")


def require_policy(bucket: Bucket, document: str) -> None:
    """Raise `AccessDenied` for a public policy where they are blocked."""
    if blocks(bucket, Block.PUBLIC_POLICY) and is_public_policy(document):
        raise AccessDenied("public policies are blocked by BlockPublicPolicy")


def is_restricted(bucket: Bucket) -> bool:
    """Tell whether a bucket's policy lets in its own account only, because it is public."""
    return blocks(bucket, Block.PUBLIC_BUCKETS) and is_public_policy(bucket.policy)


def is_public(bucket: Bucket) -> bool:
    """Tell whether a bucket is open to everybody, by its policy or its grants."""
    if bucket.policy and is_public_policy(bucket.policy) and not is_restricted(bucket):
        return True
    return are_public(effective_grants(bucket, bucket.acl))


@lru_cache(maxsize=512)
def is_public_policy(document: str) -> bool:
    """Tell whether a policy (a valid document, or empty) lets in whoever comes."""
    return bool(document) and any(
        statement["Effect"] == "Allow"
        and _means_everybody(statement.get("Principal"))
        and not _is_narrowed(statement.get("Condition", {}))
        for statement in _statements(document)
    )


def _statements(document: str) -> list[dict[str, Any]]:
    given = json.loads(document)["Statement"]
    return given if isinstance(given, list) else [given]


def _listed(given: Any) -> Iterable[Any]:
    return given if isinstance(given, list) else (given,)


def _means_everybody(principal: Any) -> bool:
    named = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    return "*" in _listed(named or ())


def _is_narrowed(conditions: dict[str, dict[str, Any]]) -> bool:
    for operator, keys in conditions.items():
        if operator.lower().removeprefix("foranyvalue:") not in _EQUALITIES:
            continue
        for key, values in keys.items():
            if key.lower() in _FIXING and all(_is_fixed(key, value) for value in _listed(values)):
                return True
    return False


def _is_fixed(key: str, value: Any) -> bool:
    text = str(value)
    if key.lower() != "aws:sourceip":
        return not any(mark in text for mark in _WILDCARDS)
    try:
        network = ip_network(text, strict=False)
    except ValueError:  # a pattern, or what is no address: not for us to tell whom it lets in
        return False
    return network.prefixlen >= _WIDEST_NETWORK[network.version]
