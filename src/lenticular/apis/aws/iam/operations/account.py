"""The account itself: its alias, and how much is in it (AWS IAM API Reference,
CreateAccountAlias, GetAccountSummary and the like).
"""

from lenticular.apis.aws.iam.targets import require
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities


class AccountOperations:
    """The account has an alias, or none."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def create_account_alias(self, call: Call, params: Params) -> Result:
        """Let an alias stand for the account in sign-in names."""
        require(call, "*")
        await self._identities.accounts.set_alias(call.principal.account_id, params["AccountAlias"])
        return {}

    async def delete_account_alias(self, call: Call, params: Params) -> Result:
        """Let the account have no alias."""
        require(call, "*")
        await self._identities.accounts.delete_alias(
            call.principal.account_id, params["AccountAlias"]
        )
        return {}

    async def list_account_aliases(self, call: Call, params: Params) -> Result:
        """Tell the account's alias, if it has one."""
        require(call, "*")
        account = await self._identities.accounts.get(call.principal.account_id)
        return {"AccountAliases": [account.alias] if account.alias else [], "IsTruncated": False}
