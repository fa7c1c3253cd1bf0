"""How many of a kind an account may have (IAM User Guide, "IAM and AWS STS quotas")."""

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.errors import QuotaExceeded

QUOTAS = {
    "UsersPerAccount": 5000,
    "GroupsPerAccount": 300,
    "RolesPerAccount": 1000,
    "InstanceProfilesPerAccount": 1000,
    "OpenIdConnectProvidersPerAccount": 100,
    "MfaDevicesPerAccount": 10_000,
    "PoliciesPerAccount": 1500,
}
"""Those that are counted, for a whole account."""

GROUPS_PER_USER = 10
ACCESS_KEYS_PER_USER = 2
DEVICES_PER_USER = 8
SSH_KEYS_PER_USER = 5
TAGS = 50
"""On one entity."""


def counted(reader: Reader, account_id: str, quota: str) -> int:
    """Return how many an account has."""
    return int(reader.get(spaces.COUNT.pack(account_id, quota)) or b"0")


def count(tx: Transaction, account_id: str, quota: str, more: int) -> None:
    """Count `more` (or less, when negative). Raises `QuotaExceeded`."""
    number = counted(tx, account_id, quota) + more
    if number > QUOTAS[quota] and more > 0:
        raise QuotaExceeded(quota, QUOTAS[quota])
    tx.set(spaces.COUNT.pack(account_id, quota), b"%d" % number)
