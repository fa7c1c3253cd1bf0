"""Login profiles, passwords and what an account demands of them (AWS IAM API Reference,
CreateLoginProfile, ChangePassword, UpdateAccountPasswordPolicy and the like).
"""

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import validation
from lenticular.apis.aws.iam.targets import Targets, require
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import (
    EntityNotFound,
    Identities,
    LoginProfile,
    PasswordPolicy,
    User,
)
from lenticular.primitives.policies import documents
from lenticular.primitives.signin import TooManyAttempts

_SELF_SERVICE = documents.parse(
    '{"Version": "2012-10-17", "Statement": {"Sid": "AllowUsersToChangePassword", '
    '"Effect": "Allow", "Principal": "*", "Action": "iam:ChangePassword", "Resource": "*"}}',
    "the account's password policy",
    "resource",
)
"""What an account says whose users may all change their own password."""


class LoginProfileOperations:
    """Users are given passwords, and change or lose them."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._logins = identities.logins
        self._targets = targets
        self._throttle = identities.throttle("changes of passwords")

    async def create_login_profile(self, call: Call, params: Params) -> Result:
        """Give a user its first password."""
        user = await self._targets.named_user(call, params)
        if "Password" not in params:
            raise validation("Password is missing: expected the user's first password")
        made = await self._logins.create(
            user.account_id,
            user.name,
            params["Password"],
            reset_required=params.get("PasswordResetRequired", False),
        )
        return {"LoginProfile": _described(user, made)}

    async def get_login_profile(self, call: Call, params: Params) -> Result:
        """Tell since when a user has had a password."""
        user = await self._targets.named_user(call, params)
        found = await self._logins.get(user.account_id, user.name)
        return {"LoginProfile": _described(user, found)}

    async def update_login_profile(self, call: Call, params: Params) -> Result:
        """Change a user's password, or whether it must be changed at the next sign-in."""
        user = await self._targets.named_user(call, params)
        await self._logins.update(
            user.account_id,
            user.name,
            password=params.get("Password"),
            reset_required=params.get("PasswordResetRequired"),
        )
        return {}

    async def delete_login_profile(self, call: Call, params: Params) -> Result:
        """Take a user's password away."""
        user = await self._targets.named_user(call, params)
        await self._logins.delete(user.account_id, user.name)
        return {}

    async def change_password(self, call: Call, params: Params) -> Result:
        """Change one's own password."""
        principal = call.principal
        account = await self._identities.account(principal.account_id)
        policy = account.password_policy if account else None
        call.require(
            "iam:ChangePassword",
            principal.arn or "*",
            resource_policy=_SELF_SERVICE if policy and policy.users_may_change else None,
        )
        if principal.kind != "user":
            raise AwsError("InvalidUserType", "Only IAM Users can change their own password")
        # Who has a key of the user must not find out the password with it.
        address = principal.circumstances.source_ip
        try:
            await self._throttle.attempt(principal.user_id, address)
        except TooManyAttempts as error:
            raise AwsError("EntityTemporarilyUnmodifiable", str(error), 409) from None
        await self._logins.change_password(
            principal.account_id,
            principal.arn.rpartition("/")[2],
            params["OldPassword"],
            params["NewPassword"],
        )
        await self._throttle.succeeded(principal.user_id, address)
        return {}


class PasswordPolicyOperations:
    """An account's password policy is set, told and taken away."""

    def __init__(self, identities: Identities) -> None:
        self._accounts = identities.accounts

    async def update_account_password_policy(self, call: Call, params: Params) -> Result:
        """Demand something of passwords from now on; what is left out is as by default."""
        require(call, "*")
        policy = PasswordPolicy(
            minimum_length=params.get("MinimumPasswordLength", 6),
            require_symbols=params.get("RequireSymbols", False),
            require_numbers=params.get("RequireNumbers", False),
            require_uppercase=params.get("RequireUppercaseCharacters", False),
            require_lowercase=params.get("RequireLowercaseCharacters", False),
            users_may_change=params.get("AllowUsersToChangePassword", False),
            max_age=params.get("MaxPasswordAge", 0),
            reuse_prevention=params.get("PasswordReusePrevention", 0),
            hard_expiry=params.get("HardExpiry", False),
        )
        await self._accounts.set_password_policy(call.principal.account_id, policy)
        return {}

    async def get_account_password_policy(self, call: Call, params: Params) -> Result:
        """Tell what the account demands of passwords."""
        require(call, "*")
        policy = await self._policy(call)
        return {
            "PasswordPolicy": {
                "MinimumPasswordLength": policy.minimum_length,
                "RequireSymbols": policy.require_symbols,
                "RequireNumbers": policy.require_numbers,
                "RequireUppercaseCharacters": policy.require_uppercase,
                "RequireLowercaseCharacters": policy.require_lowercase,
                "AllowUsersToChangePassword": policy.users_may_change,
                "ExpirePasswords": policy.max_age > 0,
                "MaxPasswordAge": policy.max_age or None,
                "PasswordReusePrevention": policy.reuse_prevention or None,
                "HardExpiry": policy.hard_expiry,
            }
        }

    async def delete_account_password_policy(self, call: Call, params: Params) -> Result:
        """Demand of passwords what is demanded by default."""
        require(call, "*")
        await self._policy(call)
        await self._accounts.set_password_policy(call.principal.account_id, None)
        return {}

    async def _policy(self, call: Call) -> PasswordPolicy:
        account = await self._accounts.get(call.principal.account_id)
        if account.password_policy is None:
            raise EntityNotFound(
                f"The Password Policy with domain name {account.account_id} cannot be found."
            )
        return account.password_policy


def _described(user: User, profile: LoginProfile) -> Result:
    return {
        "UserName": user.name,
        "CreateDate": descriptions.seconds(profile.created),
        "PasswordResetRequired": profile.reset_required,
    }
