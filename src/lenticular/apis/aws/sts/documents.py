"""What STS's operations have in common: reading what is passed, writing what is issued."""

from lenticular.apis.aws.wire.service import Params, Result
from lenticular.primitives.sessions import Issued, Passed

LARGEST_TOKEN = 4096
"""Bytes."""


def passed(params: Params) -> Passed:
    """Read what the caller passes on into the session."""
    return Passed(
        policy=params.get("Policy", ""),
        policy_arns=tuple(each.get("arn", "") for each in params.get("PolicyArns", ())),
        tags=tuple((tag["Key"], tag["Value"]) for tag in params.get("Tags", ())),
        transitive=tuple(params.get("TransitiveTagKeys", ())),
        source_identity=params.get("SourceIdentity", ""),
    )


def credentials(issued: Issued) -> Result:
    """Write temporary credentials, with what the session carries."""
    size = len(issued.session_token)
    return {
        "Credentials": {
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret_access_key,
            "SessionToken": issued.session_token,
            "Expiration": issued.expires / 1000,
        },
        "PackedPolicySize": issued.packed_percent,
        "SessionTokenSize": size,
        "SessionTokenUtilization": -(-100 * size // LARGEST_TOKEN),
    }


def assumed_role(issued: Issued) -> Result:
    """Write who a session of a role is."""
    return {
        "AssumedRoleUser": {"AssumedRoleId": issued.user_id, "Arn": issued.arn},
        "SourceIdentity": issued.source_identity or None,
    }
