"""The document PublicAccessBlockConfiguration, which S3 and S3 Control have alike."""

from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects.publicity import Block

_MEMBERS = {
    "BlockPublicAcls": Block.PUBLIC_ACLS,
    "IgnorePublicAcls": Block.EXISTING_ACLS,
    "BlockPublicPolicy": Block.PUBLIC_POLICY,
    "RestrictPublicBuckets": Block.PUBLIC_BUCKETS,
}
_NAME = "PublicAccessBlockConfiguration"


def read_configuration(params: dict[str, Any]) -> int:
    """Return what a configuration blocks; what it does not name is not blocked.

    Raises MalformedXML when there is none.
    """
    given = params.get(_NAME)
    if given is None:
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
        )
    return int(sum(block for member, block in _MEMBERS.items() if given.get(member)))


def configuration(blocked: int) -> dict[str, Any]:
    """Return the result that tells what is blocked."""
    return {_NAME: {member: bool(blocked & block) for member, block in _MEMBERS.items()}}
