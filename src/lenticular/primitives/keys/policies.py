"""Key policies: the one that a key has where none is given, and those of the cloud's own keys.

Unlike other resources' policies a key's says all: what it does not allow, to an account or to
somebody, the policies of the account's users do not allow either. AWS KMS Developer Guide,
"Key policies in AWS KMS", "Default key policy".
"""

import json
from functools import lru_cache

from lenticular.primitives.keys.records import Key
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.policies.principal_element import Bindings

POLICY_NAME = "default"
"""The only policy that a key has is called so."""


def policy_of(key: Key) -> Policy:
    """Return the policy of a key, compiled."""
    return compiled(key.policy, key.arn, key.bindings)


@lru_cache(maxsize=4096)
def compiled(document: str, arn: str, bindings: Bindings = ()) -> Policy:
    """Return the policy of a document. Raises `PolicyMalformed`."""
    return parse(document, f"the policy of the key {arn}", "key", bindings)


def default_policy(account_id: str) -> str:
    """Return the policy that leaves all to the policies of the key's account."""
    return _document(
        "key-default-1",
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": _root(account_id),
            "Action": "kms:*",
            "Resource": "*",
        },
    )


def s3_policy(account_id: str) -> str:
    """Return the policy of the key that an account's objects are sealed with."""
    return _document(
        "auto-s3-2",
        {
            "Sid": "Allow access through S3 for all principals in the account that are "
            "authorized to use S3",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:CallerAccount": account_id},
                "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"},
            },
        },
        {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": _root(account_id),
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
            "Resource": "*",
        },
    )


def _root(account_id: str) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account_id}:root"}


def _document(name: str, *statements: object) -> str:
    policy = {"Version": "2012-10-17", "Id": name, "Statement": statements}
    return json.dumps(policy, indent=2)


def naming(arn: str) -> Policy:
    """Return a policy that names somebody, for that to be found. Raises `PolicyMalformed`."""
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"}
    return parse(_document("grant", statement), "a grant", "key")
