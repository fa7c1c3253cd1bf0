"""What a bucket's policy must be."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lenticular.apis.aws.s3.actions import is_action
from lenticular.primitives.policies.documents import Policy, PolicyMalformed, parse


def checked_policy(document: str, bucket: str) -> Policy:
    """Return a document that can be the policy of this bucket. Raises `PolicyMalformed`."""
    if not document.lstrip().startswith("{"):
        raise PolicyMalformed("Policies must be valid JSON and the first byte must be '{'")
    policy = parse(document, f"the policy of the bucket {bucket}", "resource")
    for statement in _statements(document):
        for action in _texts(statement, "Action", "NotAction"):
            if not is_action(action):
                raise PolicyMalformed(f"Policy has invalid action: {action} is none of S3")
        for resource in _texts(statement, "Resource", "NotResource"):
            named = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
            if resource != "*" and not _may_mean(named, bucket):
                raise PolicyMalformed(
                    f"Policy has invalid resource: {resource} is not in the bucket {bucket}"
                )
    return policy


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
