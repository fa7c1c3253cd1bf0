"""Every operation needs its action, on its key, and no more."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

from ..statements import allow, unique

TAGS = [{"TagKey": "team", "TagValue": "ice"}]
SIGN = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
MAC = {"Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}

# Operation: its parameters, and the actions that it needs where they are not its own name.
OPERATIONS = {
    "cancel_key_deletion": (lambda at: at.leaving, []),
    "create_alias": (lambda at: {"AliasName": f"{at.alias}-2", "TargetKeyId": at.key_id}, []),
    "create_grant": (
        lambda at: at.key | {"GranteePrincipal": at.root, "Operations": ["Decrypt"]},
        [],
    ),
    "create_key": (lambda at: {}, []),
    "decrypt": (lambda at: {"CiphertextBlob": at.sealed}, []),
    "delete_alias": (lambda at: {"AliasName": at.alias}, []),
    "describe_key": (lambda at: at.key, []),
    "disable_key": (lambda at: at.key, []),
    "disable_key_rotation": (lambda at: at.key, []),
    "enable_key": (lambda at: at.key, []),
    "enable_key_rotation": (lambda at: at.key, []),
    "encrypt": (lambda at: at.key | {"Plaintext": b"x"}, []),
    "generate_data_key": (lambda at: at.key | {"KeySpec": "AES_256"}, []),
    "generate_data_key_pair": (lambda at: at.key | {"KeyPairSpec": "ECC_NIST_P256"}, []),
    "generate_data_key_pair_without_plaintext": (
        lambda at: at.key | {"KeyPairSpec": "ECC_NIST_P256"},
        [],
    ),
    "generate_data_key_without_plaintext": (lambda at: at.key | {"KeySpec": "AES_256"}, []),
    "generate_mac": (lambda at: at.mac | MAC, []),
    "generate_random": (lambda at: {"NumberOfBytes": 1}, []),
    "get_key_policy": (lambda at: at.key, []),
    "get_key_rotation_status": (lambda at: at.key, []),
    "get_public_key": (lambda at: at.pair, []),
    "list_aliases": (lambda at: {}, []),
    "list_grants": (lambda at: at.key, []),
    "list_key_policies": (lambda at: at.key, []),
    "list_key_rotations": (lambda at: at.key, []),
    "list_keys": (lambda at: {}, []),
    "list_resource_tags": (lambda at: at.key, []),
    "list_retirable_grants": (lambda at: {"RetiringPrincipal": at.root}, []),
    "put_key_policy": (lambda at: at.key | {"Policy": at.policy}, []),
    "re_encrypt": (
        lambda at: {"CiphertextBlob": at.sealed, "DestinationKeyId": at.key_id},
        ["ReEncryptFrom", "ReEncryptTo"],
    ),
    "retire_grant": (lambda at: at.key | {"GrantId": at.grant()}, []),
    "revoke_grant": (lambda at: at.key | {"GrantId": at.grant()}, []),
    "rotate_key_on_demand": (lambda at: at.key, []),
    "schedule_key_deletion": (lambda at: at.key, []),
    "sign": (lambda at: at.pair | SIGN, []),
    "tag_resource": (lambda at: at.key | {"Tags": TAGS}, []),
    "untag_resource": (lambda at: at.key | {"TagKeys": ["team"]}, []),
    "update_alias": (lambda at: {"AliasName": at.alias, "TargetKeyId": at.key_id}, []),
    "update_key_description": (lambda at: at.key | {"Description": "new"}, []),
    "verify": (lambda at: at.pair | SIGN | {"Signature": at.signature}, []),
    "verify_mac": (lambda at: at.mac | MAC | {"Mac": at.code}, []),
}
WITHOUT_KEY = {
    "create_key",
    "generate_random",
    "list_aliases",
    "list_keys",
    "list_retirable_grants",
}


@pytest.fixture(scope="module")
def others(kms):
    """What only some operations need, made once: a pair, a code, and a key that is to go."""
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    return SimpleNamespace(
        pair={"KeyId": pair},
        mac={"KeyId": mac},
        signature=kms.sign(KeyId=pair, **SIGN)["Signature"],
        code=kms.generate_mac(KeyId=mac, **MAC)["Mac"],
    )


@pytest.fixture
def at(kms, key, key_id, account, others):
    alias = f"alias/{unique('at')}"
    kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    leaving = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=leaving)
    root = f"arn:aws:iam::{account.account_id}:root"
    return SimpleNamespace(
        **vars(others),
        alias=alias,
        root=root,
        key={"KeyId": key_id},
        key_id=key_id,
        leaving={"KeyId": leaving},
        policy=kms.get_key_policy(KeyId=key_id)["Policy"],
        sealed=kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"],
        grant=lambda: kms.create_grant(KeyId=key_id, GranteePrincipal=root, Operations=["Decrypt"])[
            "GrantId"
        ],
    )


def is_refused(client, operation, parameters):
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return True
        raise
    return False


def test_every_operation_is_listed_here():
    services = {service.name: service for service in aws_services(build_in_memory())}
    assert set(OPERATIONS) == set(services["kms"].handlers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_action_on_its_key_and_no_more(at, key, user, operation):
    parameters, actions = OPERATIONS[operation]
    own = "".join(word.capitalize() for word in operation.split("_"))
    actions = [f"kms:{action}" for action in actions or [own]]
    for missing in actions:
        others = {"Effect": "Allow", "NotAction": missing, "Resource": "*"}
        assert is_refused(user(others), operation, parameters(at)), f"without {missing}"
    if operation not in WITHOUT_KEY:
        elsewhere = allow(*actions, resource=key["Arn"][:-12] + "000000000000")
        assert is_refused(user(elsewhere), operation, parameters(at))
    assert not is_refused(user(allow(*actions)), operation, parameters(at))


def test_nobody_without_a_policy_does_anything(at, user):
    nobody = user()
    for operation, (parameters, _) in OPERATIONS.items():
        assert is_refused(nobody, operation, parameters(at)), operation
