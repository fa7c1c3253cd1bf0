"""Blocks of public access to all buckets of an account."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.public_access import configuration, read_configuration
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects.account_blocks import AccountBlocks


class AccountOperations:
    """Settings of accounts."""

    def __init__(self, blocks: AccountBlocks) -> None:
        self._blocks = blocks

    async def put_public_access_block(self, call: Call, params: Params) -> Result:
        """Block public access to all buckets. API reference: PutPublicAccessBlock."""
        account_id = _own_account(call, params, "s3:PutAccountPublicAccessBlock")
        await self._blocks.set(account_id, read_configuration(params))
        return {}

    async def get_public_access_block(self, call: Call, params: Params) -> Result:
        """Return the account's block. API reference: GetPublicAccessBlock."""
        account_id = _own_account(call, params, "s3:GetAccountPublicAccessBlock")
        blocked = await self._blocks.get(account_id)
        if blocked is None:
            raise AwsError(
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
                404,
                fields={"AccountId": account_id},
            )
        return configuration(blocked)

    async def delete_public_access_block(self, call: Call, params: Params) -> Result:
        """Remove the account's block. API reference: DeletePublicAccessBlock."""
        account_id = _own_account(call, params, "s3:PutAccountPublicAccessBlock")
        await self._blocks.set(account_id, None)
        return {}


def _own_account(call: Call, params: Params, action: str) -> str:
    """Return the account that a call is about, if it is the caller's and its policies let it.

    Raises AwsError.
    """
    account_id = str(params["AccountId"])
    call.require(action, "*", account_id=account_id)
    if account_id != call.principal.account_id:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return account_id
