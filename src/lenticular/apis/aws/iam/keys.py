"""Condition keys of IAM's actions (Service Authorization Reference, "AWS Identity and Access
Management").
"""

from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.identities import tags
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys


def boundary(arn: str) -> Keys:
    """Return the key of a permissions boundary, by the ARN of its policy; empty: none."""
    return {"iam:permissionsboundary": arn} if arn else NO_KEYS


def given_tags(params: Params) -> dict[str, str]:
    """Return the tags that a request brings. Raises `InputInvalid` and `QuotaExceeded`."""
    return tags.checked((tag["Key"], tag["Value"]) for tag in params.get("Tags", ()))
