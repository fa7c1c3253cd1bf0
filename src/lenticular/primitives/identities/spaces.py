"""Where the store keeps identities.

What belongs to a user, group or role is kept under its unique id, which it never changes and
which nothing else ever gets: renaming moves nothing, and a new user of an old name inherits
nothing. Indexes by name are in lower case: names are unique in any case.
"""

from lenticular.engines.kv.keys import Subspace

ACCOUNT = Subspace("identities", "account")  # (account id) -> Account
ACCOUNT_NAMED = Subspace("identities", "name")  # (name) -> account id
ACCOUNT_LABELLED = Subspace("identities", "label")  # (label or alias) -> account id
ACCOUNT_CANONICAL = Subspace("identities", "canonical")  # (canonical id) -> account id
ACCOUNT_MAILED = Subspace("identities", "email")  # (email) -> account id
FIRST = Subspace("identities", "first").pack()  # -> account id
CHANGES = Subspace("identities", "changes").pack()  # -> decimal number of changes so far
COUNT = Subspace("identities", "count")  # (account id, quota) -> decimal number

USER = Subspace("identities", "user")  # (account id, user id) -> User
USER_NAMED = Subspace("identities", "user-name")  # (account id, name) -> user id
USER_IDENTITY = Subspace("identities", "user-identity")  # (identity id) -> account id, user id
USER_MAILED = Subspace("identities", "user-email")  # (email, account id, user id) -> nothing

GROUP = Subspace("identities", "group")  # (account id, group id) -> Group
GROUP_NAMED = Subspace("identities", "group-name")  # (account id, name) -> group id
MEMBER = Subspace("identities", "member")  # (account id, group id, user id) -> nothing
MEMBERSHIP = Subspace("identities", "membership")  # (account id, user id, group id) -> nothing

ROLE = Subspace("identities", "role")  # (account id, role id) -> Role
ROLE_NAMED = Subspace("identities", "role-name")  # (account id, name) -> role id
PROFILE = Subspace("identities", "profile")  # (account id, profile id) -> InstanceProfile
PROFILE_NAMED = Subspace("identities", "profile-name")  # (account id, name) -> profile id
PROFILE_OF_ROLE = Subspace("identities", "profile-role")  # (account id, role id, profile id)

KEY = Subspace("identities", "key")  # (access key id) -> AccessKey
ROOT_KEY = Subspace("identities", "keys")  # (account id, access key id) -> nothing
USER_KEY = Subspace("identities", "user-keys")  # (account id, user id, access key id) -> nothing
USE = Subspace("identities", "use")  # (access key id or role id) -> Use

LOGIN = Subspace("identities", "login")  # (account id, user id) -> LoginProfile
DEVICE = Subspace("identities", "mfa")  # (account id, device name) -> MfaDevice
DEVICE_OF = Subspace("identities", "mfa-owner")  # (account id, user id, device name) -> nothing
OIDC = Subspace("identities", "oidc")  # (account id, host and path) -> OidcProvider
REPORT = Subspace("identities", "report")  # (account id) -> Report
SSH_KEY = Subspace("identities", "ssh")  # (account id, user id, key id) -> SshKey
