"""Operations that tell about callers and keys: GetCallerIdentity, GetAccessKeyInfo."""

from lenticular.apis.aws.sts.errors import invalid, unauthenticated
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities
from lenticular.primitives.sessions import PREFIX, Sessions


class CallerOperations:
    """Who am I, and whose key is this?"""

    def __init__(self, identities: Identities, sessions: Sessions) -> None:
        self._identities = identities
        self._sessions = sessions

    async def get_caller_identity(self, call: Call, params: Params) -> Result:
        """Tell which identity signed the request. Needs no permission, but a signature."""
        if call.principal.is_anonymous:
            raise unauthenticated()
        return {
            "UserId": call.principal.user_id,
            "Account": call.principal.account_id,
            "Arn": call.principal.arn,
        }

    async def get_access_key_info(self, call: Call, params: Params) -> Result:
        """Tell which account an access key belongs to, whether it is active or not."""
        call.require("sts:GetAccessKeyInfo")
        access_key_id = params["AccessKeyId"]
        account_id = await self._account_of(access_key_id)
        if account_id is None:
            raise invalid(f"No account has the access key {access_key_id}")
        return {"Account": account_id}

    async def _account_of(self, access_key_id: str) -> str | None:
        if access_key_id.startswith(PREFIX):
            session = await self._sessions.find(access_key_id)
            return session.account_id if session else None
        found = await self._identities.keys.find(access_key_id)
        return found[0].account_id if found else None
