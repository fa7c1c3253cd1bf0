"""What a bucket's policy must be, and whether one makes its bucket public."""

import json
from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any

from lenticular.primitives.policies.documents import Policy, PolicyMalformed, parse

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
"""Condition keys that, held to a fixed value, keep a statement from meaning everybody.
Amazon S3 User Guide, "The meaning of public"."""

_EQUALITIES = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")

_WIDEST_NETWORK = {4: 8, 6: 32}
"""Bits that a network must have at least not to be the whole world."""


def checked_policy(document: str, bucket: str) -> Policy:
    """Return a document that can be the policy of this bucket. Raises `PolicyMalformed`."""
    if not document.lstrip().startswith("{"):
        raise PolicyMalformed("Policies must be valid JSON and the first byte must be '{'")
    policy = parse(document, f"the policy of the bucket {bucket}", "resource")
    for statement in _statements(document):
        for action in _texts(statement, "Action", "NotAction"):
            if action != "*" and not action.lower().startswith("s3:"):
                raise PolicyMalformed(f"Policy has invalid action: {action} is none of S3")
        for resource in _texts(statement, "Resource", "NotResource"):
            named = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
            if resource != "*" and not _may_mean(named, bucket):
                raise PolicyMalformed(
                    f"Policy has invalid resource: {resource} is not in the bucket {bucket}"
                )
    return policy


def is_public(document: str, bucket: str) -> bool:
    """Tell whether a policy lets in whoever comes."""
    return any(
        statement["Effect"] == "Allow"
        and _means_everybody(statement.get("Principal"))
        and not _is_narrowed(statement.get("Condition", {}))
        for statement in _statements(document)
    )


def _statements(document: str) -> list[dict[str, Any]]:
    given = json.loads(document)["Statement"]
    return given if isinstance(given, list) else [given]


def _texts(statement: dict[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        yield from _listed(statement.get(name, ()))


def _listed(given: Any) -> Iterable[str]:
    return (given,) if isinstance(given, str) else given


def _may_mean(pattern: str, bucket: str) -> bool:
    """Tell whether the first part of a resource, up to any wildcard, fits the bucket's name."""
    stem = pattern.partition("*")[0].partition("?")[0]
    return bucket.startswith(stem) if stem != pattern else bucket == pattern


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


def _is_fixed(key: str, value: str) -> bool:
    if key.lower() != "aws:sourceip":
        return "*" not in value and "${" not in value
    network = ip_network(value, strict=False)
    return network.prefixlen >= _WIDEST_NETWORK[network.version]
