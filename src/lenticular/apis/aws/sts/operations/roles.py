"""Operations by which somebody takes a role: AssumeRole, AssumeRoleWithWebIdentity."""

from lenticular.apis.aws.sts.documents import assumed_role, credentials, passed
from lenticular.apis.aws.sts.errors import unauthenticated
from lenticular.apis.aws.sts.webtokens import WebTokens
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.sessions import RoleRequest, Sessions


class RoleOperations:
    """Sessions of roles."""

    def __init__(self, sessions: Sessions, tokens: WebTokens) -> None:
        self._sessions = sessions
        self._tokens = tokens

    async def assume_role(self, call: Call, params: Params) -> Result:
        """Begin a session of a role whose trust policy lets the caller."""
        if call.principal.is_anonymous:
            raise unauthenticated()
        issued = await self._sessions.assume_role(
            call.principal,
            _request(params),
            external_id=params.get("ExternalId", ""),
            serial_number=params.get("SerialNumber", ""),
            token_code=params.get("TokenCode", ""),
        )
        return credentials(issued) | assumed_role(issued)

    async def assume_role_with_web_identity(self, call: Call, params: Params) -> Result:
        """Begin a session of a role for somebody whom an OpenID Connect issuer vouches for.

        Its caller needs no credentials: the issuer's token is what counts.
        """
        request = _request(params)
        identity, provider = await self._tokens.verify(
            params["WebIdentityToken"], request.check().account_id
        )
        issued = await self._sessions.assume_role_as_web_identity(
            identity, provider, request, call.principal.circumstances
        )
        return (
            credentials(issued)
            | assumed_role(issued)
            | {
                "SubjectFromWebIdentityToken": identity.subject,
                "Audience": identity.audience,
                "Provider": provider.arn,
            }
        )


def _request(params: Params) -> RoleRequest:
    return RoleRequest(
        params["RoleArn"],
        params["RoleSessionName"],
        passed(params),
        params.get("DurationSeconds"),
        params.get("MinimumSessionTokenSize", 0),
    )
