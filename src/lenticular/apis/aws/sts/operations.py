"""Operations of STS that tell about the caller (AWS STS API Reference)."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result


class IdentityOperations:
    """GetCallerIdentity."""

    async def get_caller_identity(self, call: Call, params: Params) -> Result:
        """Tell which identity signed the request. Needs no permission, but a signature."""
        if call.principal.is_anonymous:
            raise AwsError(
                "MissingAuthenticationToken", "Request is missing Authentication Token", 403
            )
        return {
            "UserId": call.principal.user_id,
            "Account": call.principal.account_id,
            "Arn": call.principal.arn,
        }
