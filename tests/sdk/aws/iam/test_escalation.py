"""Ways to more than one may: each is refused to whoever may only look after themselves."""

import json

import pytest

from lenticular.testing.policies import allow, policy

EVERYTHING = json.dumps(policy(allow("*")))
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"

WAYS = {
    "a key of another user": ("create_access_key", {"UserName": "admin"}),
    "a first password of another user": (
        "create_login_profile",
        {"UserName": "admin", "Password": "Nimbus-rain-1"},
    ),
    "another password of another user": (
        "update_login_profile",
        {"UserName": "admin", "Password": "Nimbus-rain-1"},
    ),
    "a device of another user taken away": (
        "deactivate_mfa_device",
        {"UserName": "admin", "SerialNumber": "arn:aws:iam::123456789012:mfa/admin"},
    ),
    "an SSH key of another user": (
        "upload_ssh_public_key",
        {"UserName": "admin", "SSHPublicKeyBody": "ssh-rsa AAAA"},
    ),
    "the name of another user": (
        "update_user",
        {"UserName": "mallory", "NewUserName": "other", "NewPath": "/admins/"},
    ),
    "the tags of a role that others trust": (
        "tag_role",
        {"RoleName": "operator", "Tags": [{"Key": "team", "Value": "mallory"}]},
    ),
    "a group of administrators": (
        "add_user_to_group",
        {"GroupName": "admins", "UserName": "mallory"},
    ),
    "the policy of one's group": (
        "put_group_policy",
        {"GroupName": "staff", "PolicyName": "p", "PolicyDocument": EVERYTHING},
    ),
    "a policy for one's group": (
        "attach_group_policy",
        {"GroupName": "staff", "PolicyArn": ADMIN},
    ),
    "the trust policy of a role": (
        "update_assume_role_policy",
        {"RoleName": "operator", "PolicyDocument": EVERYTHING},
    ),
    "the policy of a role": (
        "put_role_policy",
        {"RoleName": "operator", "PolicyName": "p", "PolicyDocument": EVERYTHING},
    ),
    "a role without its boundary": (
        "delete_role_permissions_boundary",
        {"RoleName": "operator"},
    ),
    "an issuer of one's own": (
        "create_open_id_connect_provider",
        {"Url": "https://mallory.example"},
    ),
    "a weaker password policy": (
        "update_account_password_policy",
        {"MinimumPasswordLength": 6},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_escalation_is_refused(root, as_user, arn, trust, refused, way):
    as_user("admin", allow("*"), password="Stratus-fog-2")
    for name in ("admins", "staff"):
        root.create_group(GroupName=name)
    root.create_role(RoleName="operator", AssumeRolePolicyDocument=trust, PermissionsBoundary=ADMIN)
    mallory = as_user("mallory", allow("iam:*", resource=arn("user/${aws:username}")))
    root.add_user_to_group(GroupName="staff", UserName="mallory")
    method, params = WAYS[way]
    before = state(root)
    with refused("AccessDenied", 403, "not authorized to perform: iam:"):
        getattr(mallory, method)(**params)
    assert state(root) == before


def state(root):
    """Everything that decides who may do what."""
    told = root.get_account_authorization_details()
    keys = root.list_access_keys(UserName="admin")["AccessKeyMetadata"]
    return {name: told[name] for name in told if name != "ResponseMetadata"}, keys
