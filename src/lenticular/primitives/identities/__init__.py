"""Identities: accounts, their root identities, users, groups and roles, and their credentials.

Secrets are sealed by the vault, passwords are hashed: nobody reads them from the store alone.
`Identities` has what everybody asks and, by kind, what can be done (``identities.users``,
``.groups``, ``.roles`` ...). The functions on a `Reader` or a `Transaction` are for
primitives that read or change identities together with something of their own, within
``identities.read`` and ``identities.change``.
"""

from lenticular.primitives.identities.directory import GROUPS, PROFILES, ROLES, USERS, Directory
from lenticular.primitives.identities.errors import (
    AccountNameInvalid,
    AccountNotFound,
    AccountTaken,
    CodeWrong,
    EntityExists,
    EntityInUse,
    EntityNotFound,
    IdentityError,
    InputInvalid,
    PasswordRefused,
    PasswordWrong,
    QuotaExceeded,
)
from lenticular.primitives.identities.identities import FIRST_ACCOUNT, Identities
from lenticular.primitives.identities.records import (
    AccessKey,
    Account,
    Entity,
    Group,
    InstanceProfile,
    LoginProfile,
    MfaDevice,
    OidcProvider,
    PasswordPolicy,
    Role,
    RootCredentials,
    Signer,
    Use,
    User,
    UserCredentials,
)
from lenticular.primitives.identities.signers import REMEMBERED

__all__ = [
    "FIRST_ACCOUNT",
    "GROUPS",
    "PROFILES",
    "REMEMBERED",
    "ROLES",
    "USERS",
    "AccessKey",
    "Account",
    "AccountNameInvalid",
    "AccountNotFound",
    "AccountTaken",
    "CodeWrong",
    "Directory",
    "Entity",
    "EntityExists",
    "EntityInUse",
    "EntityNotFound",
    "Group",
    "Identities",
    "IdentityError",
    "InputInvalid",
    "InstanceProfile",
    "LoginProfile",
    "MfaDevice",
    "OidcProvider",
    "PasswordPolicy",
    "PasswordRefused",
    "PasswordWrong",
    "QuotaExceeded",
    "Role",
    "RootCredentials",
    "Signer",
    "Use",
    "User",
    "UserCredentials",
]
