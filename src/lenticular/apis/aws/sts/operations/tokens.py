"""Operations that make temporary credentials of one's own: GetSessionToken, GetFederationToken."""

from lenticular.apis.aws.sts.documents import credentials, passed
from lenticular.apis.aws.sts.errors import unauthenticated
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.sessions import Sessions


class TokenOperations:
    """Sessions of users, and of those whom a user vouches for."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def get_session_token(self, call: Call, params: Params) -> Result:
        """Begin a session of the caller. Needs no permission: it gives no rights."""
        if call.principal.is_anonymous:
            raise unauthenticated()
        issued = await self._sessions.session_token(
            call.principal,
            params.get("DurationSeconds"),
            serial_number=params.get("SerialNumber", ""),
            token_code=params.get("TokenCode", ""),
            token_size=params.get("MinimumSessionTokenSize", 0),
        )
        return credentials(issued)

    async def get_federation_token(self, call: Call, params: Params) -> Result:
        """Begin a session of somebody whom the caller vouches for."""
        if call.principal.is_anonymous:
            raise unauthenticated()
        issued = await self._sessions.federate(
            call.principal,
            params["Name"],
            passed(params),
            params.get("DurationSeconds"),
            token_size=params.get("MinimumSessionTokenSize", 0),
        )
        return credentials(issued) | {
            "FederatedUser": {"FederatedUserId": issued.user_id, "Arn": issued.arn}
        }
