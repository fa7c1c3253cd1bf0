"""Condition keys of IAM's actions (Service Authorization Reference, "AWS Identity and Access
Management").
"""

from collections.abc import Mapping

from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.identities import tags
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys


def request_tags(given: Mapping[str, str]) -> Keys:
    """Return the keys of tags that a request brings."""
    keys: dict[str, str | tuple[str, ...]] = {
        f"aws:requesttag/{key.lower()}": value for key, value in given.items()
    }
    return {**keys, "aws:tagkeys": tuple(given)} if given else keys


def resource_tags(had: Mapping[str, str]) -> Keys:
    """Return the keys of tags that a resource has."""
    keys: dict[str, str | tuple[str, ...]] = {}
    for key, value in had.items():
        keys[f"aws:resourcetag/{key.lower()}"] = value
        keys[f"iam:resourcetag/{key.lower()}"] = value
    return keys


def boundary(arn: str) -> Keys:
    """Return the key of a permissions boundary, by the ARN of its policy; empty: none."""
    return {"iam:permissionsboundary": arn} if arn else NO_KEYS


def given_tags(params: Params) -> dict[str, str]:
    """Return the tags that a request brings. Raises `InputInvalid` and `QuotaExceeded`."""
    return tags.checked((tag["Key"], tag["Value"]) for tag in params.get("Tags", ()))
