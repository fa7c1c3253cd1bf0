"""Identities as principals: what they are called, what they may do, and which keys they have."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import policies
from lenticular.primitives.identities.accounts import account_at
from lenticular.primitives.identities.directory import ROLES, USERS
from lenticular.primitives.identities.groups import groups_of
from lenticular.primitives.identities.records import Role, User
from lenticular.primitives.policies.authority import ROOT_AUTHORITY, Authority
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.principals import Principal

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys by lower-case name, with a value or several."""

KeysOf = Callable[[Reader, str], Keys]
"""Returns the condition keys that a person (by identity id) has elsewhere in the cloud."""


@lru_cache(maxsize=4096)
def _authority(identity: tuple[Policy, ...], boundary: Policy | None) -> Authority:
    """Return what some policies say: the same object for the same policies.

    It keeps what the evaluator found out of them.
    """
    return Authority(identity, boundary)


class Principals:
    """Makes principals of the identities in the store."""

    def __init__(self) -> None:
        self._more_keys: list[KeysOf] = []

    def add_keys(self, keys_of: KeysOf) -> None:
        """Let every user have the condition keys that `keys_of` returns of its person, too."""
        self._more_keys.append(keys_of)

    def root(self, reader: Reader, account_id: str, access_key_id: str | None = None) -> Principal:
        """Return the root identity of an account. Raises LookupError without the account."""
        account = account_at(reader, account_id)
        return Principal(
            account_id=account_id,
            arn=account.root_arn,
            user_id=account_id,
            canonical_id=account.canonical_id,
            name=account.name,
            access_key_id=access_key_id,
            authority=ROOT_AUTHORITY,
        )

    def user(self, reader: Reader, user: User, access_key_id: str | None = None) -> Principal:
        """Return a user as the principal that it is now."""
        account = account_at(reader, user.account_id)
        keys: dict[str, str | tuple[str, ...]] = {
            "aws:username": user.name,
            "aws:userid": user.id,
        }
        keys |= {f"aws:principaltag/{name.lower()}": value for name, value in user.tags.items()}
        for keys_of in self._more_keys:
            keys |= keys_of(reader, user.identity_id)
        return Principal(
            account_id=user.account_id,
            arn=user.arn,
            user_id=user.id,
            canonical_id=account.canonical_id,
            name=account.name,
            access_key_id=access_key_id,
            kind="user",
            authority=self.user_authority(reader, user),
            identity_id=user.identity_id,
            keys=keys,
        )

    def user_authority(self, reader: Reader, user: User) -> Authority:
        """Return what a user's policies, and those of its groups, say."""
        account_id = user.account_id
        identity = policies.attached(reader, account_id, user.owner)
        for group in groups_of(reader, user):
            identity += policies.attached(reader, account_id, group.owner)
        return _authority(identity, policies.boundary(reader, account_id, user.owner))

    def role_authority(self, reader: Reader, role: Role) -> Authority:
        """Return what a role's policies say."""
        return _authority(
            policies.attached(reader, role.account_id, role.owner),
            policies.boundary(reader, role.account_id, role.owner),
        )

    def user_named(
        self, reader: Reader, account_id: str, name: str, access_key_id: str | None = None
    ) -> Principal:
        """Return the user of a name. Raises `EntityNotFound`."""
        return self.user(reader, USERS.get(reader, account_id, name), access_key_id)

    def role_named(self, reader: Reader, account_id: str, name: str) -> Authority:
        """Return what the policies of the role of a name say. Raises `EntityNotFound`."""
        return self.role_authority(reader, ROLES.get(reader, account_id, name))
