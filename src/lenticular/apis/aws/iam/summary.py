"""What GetAccountSummary counts, beside what may be.

Which quotas there are: IAM User Guide, "IAM and AWS STS quotas".
"""

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import quotas
from lenticular.primitives.identities.attachments import ATTACHED_PER_ENTITY
from lenticular.primitives.identities.devices import devices_in, devices_of
from lenticular.primitives.identities.inline_policies import SIZES
from lenticular.primitives.identities.keys import keys_of
from lenticular.primitives.identities.managed_policies import POLICY_SIZE, VERSIONS
from lenticular.primitives.identities.quotas import QUOTAS, counted

_COUNTED = {
    "Users": "UsersPerAccount",
    "Groups": "GroupsPerAccount",
    "Roles": "RolesPerAccount",
    "InstanceProfiles": "InstanceProfilesPerAccount",
    "Policies": "PoliciesPerAccount",
}

_FIXED = {
    "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": ATTACHED_PER_ENTITY,
    "AttachedPoliciesPerRoleQuota": ATTACHED_PER_ENTITY,
    "AttachedPoliciesPerUserQuota": ATTACHED_PER_ENTITY,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": SIZES["group"],
    "GroupsPerUserQuota": quotas.GROUPS_PER_USER,
    "PolicySizeQuota": POLICY_SIZE,
    "RolePolicySizeQuota": SIZES["role"],
    "ServerCertificates": 0,
    "ServerCertificatesQuota": 0,
    "SigningCertificatesPerUserQuota": 0,
    "UserPolicySizeQuota": SIZES["user"],
    "VersionsPerPolicyQuota": VERSIONS,
}


def count(reader: Reader, account_id: str) -> dict[str, int]:
    """Return the summary of an account."""
    summary = dict(_FIXED)
    for name, quota in _COUNTED.items():
        summary[name] = counted(reader, account_id, quota)
        summary[f"{name}Quota"] = QUOTAS[quota]
    devices = devices_in(reader, account_id)
    return summary | {
        "AccountAccessKeysPresent": int(bool(keys_of(reader, account_id, None))),
        "AccountMFAEnabled": int(bool(devices_of(reader, account_id, account_id))),
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(bool(device.user_id) for device in devices),
        "Providers": counted(reader, account_id, "OpenIdConnectProvidersPerAccount"),
    }
