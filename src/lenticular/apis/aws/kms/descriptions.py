"""What is told of a key: all but its materials."""

from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.keys.records import ENABLED, PENDING_DELETION, Key
from lenticular.primitives.keys.specs import (
    ENCRYPT_DECRYPT,
    GENERATE_VERIFY_MAC,
    SIGN_VERIFY,
    SYMMETRIC_DEFAULT,
    spec_named,
)

_ALGORITHMS = {
    ENCRYPT_DECRYPT: "EncryptionAlgorithms",
    GENERATE_VERIFY_MAC: "MacAlgorithms",
    SIGN_VERIFY: "SigningAlgorithms",
}


def described(key: Key) -> Result:
    """Return the metadata of a key (API reference, "KeyMetadata")."""
    result: Result = {
        "AWSAccountId": key.account_id,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created / 1000,
        "Enabled": key.state == ENABLED,
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "AWS" if key.managed else "CUSTOMER",
        "KeySpec": key.spec,
        "CustomerMasterKeySpec": key.spec,
        "MultiRegion": False,
        **algorithms_of(key),
    }
    if key.spec == SYMMETRIC_DEFAULT:
        result["CurrentKeyMaterialId"] = key.material.id
    if key.state == PENDING_DELETION:
        result["DeletionDate"] = key.deletion / 1000
    return result


def algorithms_of(key: Key) -> Result:
    """Return the member that tells what can be done with a key."""
    return {_ALGORITHMS[key.usage]: list(spec_named(key.spec).algorithms[key.usage])}
